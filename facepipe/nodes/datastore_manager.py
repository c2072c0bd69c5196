"""Writes what became of a frame: its picture where it has faces, then its shard, the checkpoint."""

from collections.abc import Collection
from pathlib import Path

from pyPiper import Node

from facepipe.engine.face_budget import FaceBudget
from facepipe.files.atomic import write_bytes
from facepipe.geometry import Size, fit_within
from facepipe.imaging.codec import encode_jpeg
from facepipe.people.forgotten import without
from facepipe.records import Frame
from facepipe.run.shards import ShardFolder
from facepipe.settings import SamplingSettings

_QUALITY = 90  # of JPEG; at 95 a file is half as large again, and nobody sees it


class DatastoreManager(Node):
    """Frame in, its id out, once it is on disk."""

    def setup(
        self,
        frames: Path,
        shards: ShardFolder,
        budget: FaceBudget | None = None,
        frame_size: Size = SamplingSettings().frame_size,
        forgotten: Collection[str] = (),
    ) -> None:
        """frame_size: stored pictures are shrunk to fit. forgotten: ids of faces that must not be stored."""
        self.frames, self.shards, self.budget = frames, shards, budget or FaceBudget()
        self.frame_size, self.forgotten = frame_size, forgotten

    def run(self, data: Frame) -> None:
        self.store(data)
        self.emit(data.frame_id)

    def store(self, frame: Frame) -> None:
        """Write <frames>/<frame_id>.jpg (only with faces) and the shard. StorageFull if that fails."""
        if frame.faces:
            image = frame.picture.rgb(fit_within(frame.size_wh, self.frame_size))
            frame, image = without(frame, image, self.forgotten)
            write_bytes(self.frames / f"{frame.frame_id}.jpg", encode_jpeg(image, _QUALITY))
        self.shards.write(frame)
        self.budget.add(frame.frame_id, len(frame.faces))
