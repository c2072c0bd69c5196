"""Crops that are cut while their frame is in memory: they lie in crops/ until it is known whose they are.

Nothing depends on them. A crop that is not there is cut from the stored frame, which has to be read for it.
"""

from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np

from facepipe.files.atomic import write_bytes
from facepipe.files.listing import entries_of, is_filled
from facepipe.files.removal import remove
from facepipe.geometry import box_in, crop, visible_box
from facepipe.imaging.codec import encode_jpeg
from facepipe.records import EMPTY_LTRB, Frame, frame_of, source_of
from facepipe.runs.layout import CUTS, crop_file, face_and_cut


class CropsAhead:
    """The crops in `folder`. cuts: which are made of each face, of `layout.CUTS`. May be used from several threads."""

    def __init__(self, folder: Path, cuts: Collection[str] = ()) -> None:
        self.folder, self.cuts = folder, cuts

    def cut(self, frame: Frame, image: np.ndarray) -> None:
        """Write those of a frame's faces; image: the frame as it is stored, RGB uint8. StorageFull if that fails."""
        size = image.shape[1], image.shape[0]
        for face in frame.faces:
            if face.box_ltrb != EMPTY_LTRB:
                box = box_in(face.box_ltrb, frame.size_wh, size)
                for cut in self.cuts:
                    picture = crop(image, visible_box(CUTS[cut](box), size))
                    write_bytes(self.folder / crop_file(face.face_id, cut), encode_jpeg(picture))

    def found(self) -> dict[str, Path]:
        """Those that are there, whole, by the names of their files."""
        return {name: self.folder / name for name in self._names()}

    def drop(self, source_ids: Collection[str]) -> None:
        """Remove those of some sources, and the folder once it is empty. StoreError: one cannot be removed."""
        names = [name for name in self._names(whole=False) if _source_of(name) in source_ids]
        remove(self.folder.parent, [f"{self.folder.name}/{name}" for name in ("", *names)])

    def _names(self, *, whole: bool = True) -> Iterator[str]:
        with entries_of(self.folder) as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False) and (is_filled(entry) or not whole):
                    yield entry.name


def _source_of(name: str) -> str:
    return source_of(frame_of(face_and_cut(name)[0]))
