"""Writes what became of a frame: where it has faces their crops and its picture, then its shard, the checkpoint."""

from collections.abc import Callable, Collection

import numpy as np

from facepipe.files.atomic import write_bytes
from facepipe.geometry import Size, fit_within
from facepipe.imaging.codec import encode_jpeg
from facepipe.records import Frame
from facepipe.runs.budget import FaceBudget
from facepipe.runs.crops_ahead import CropsAhead
from facepipe.runs.layout import Layout
from facepipe.runs.shards import ShardFolder
from facepipe.runs.tally import Tally
from facepipe.settings import SamplingSettings

_QUALITY = 90  # of JPEG; at 95 a file is half as large again, and nobody sees it

Redact = Callable[[Frame, np.ndarray], tuple[Frame, np.ndarray]]


class Datastore:
    """Where frames go. May be used from several threads."""

    def __init__(
        self,
        layout: Layout,
        shards: ShardFolder,
        *,
        budget: FaceBudget | None = None,
        tally: Tally | None = None,
        frame_size: Size | None = None,
        cuts: Collection[str] = (),
        redact: Redact = lambda frame, image: (frame, image),
        admit: Callable[[], None] = lambda: None,
    ) -> None:
        """frame_size: stored pictures are shrunk to fit (default: the settings'). cuts: the crops that are cut ahead,
        of `layout.CUTS`. redact: takes what must not be stored out of a frame and of its picture. admit: asked before
        anything is written; raises where nothing may be.
        """
        self._layout, self._shards = layout, shards
        self._crops = CropsAhead(layout.crops, cuts)
        self._budget, self._tally = budget or FaceBudget(), tally or Tally()
        self._frame_size = frame_size or SamplingSettings().frame_size
        self._redact, self._admit = redact, admit

    def store(self, frame: Frame) -> None:
        """Write the crops and the picture (only with faces), and the shard. StorageFull if that fails."""
        self._admit()
        if frame.faces:
            image = frame.picture.rgb(fit_within(frame.size_wh, self._frame_size))
            frame, image = self._redact(frame, image)
            self._crops.cut(frame, image)
            write_bytes(self._layout.frame_picture(frame.frame_id), encode_jpeg(image, _QUALITY))
        self._shards.write(frame)
        self._tally.add(frame.frame_id, len(frame.faces))
        self._budget.add(frame.frame_id, len(frame.faces))
