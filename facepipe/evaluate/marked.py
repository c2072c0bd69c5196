"""Faces in their surroundings, marked by a box: from the run's pictures or, where it kept none, from its inputs."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from facepipe.annotated import AnnotatedFrame
from facepipe.errors import InputError
from facepipe.evaluate.conditions import in_stored
from facepipe.geometry import Box, box_size, crop_padded, expand_box
from facepipe.imaging.codec import read_rgb
from facepipe.imaging.drawing import Colour, fill_tile
from facepipe.media.readers import sample
from facepipe.pictures.montage import TILE_WH
from facepipe.records import Source
from facepipe.settings import SamplingSettings
from facepipe.timespans import clock

_MOST_LETTERS = 17  # of a file's name
_MARK: Colour = (220, 38, 38)


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """A face to be shown: the frame by its source's name and index, box_ltrb (4,) in the source (nan: not known), whose
    it is."""

    source: str
    frame: int
    box_ltrb: np.ndarray
    who: str


@dataclass(frozen=True, slots=True)
class Pictures:
    """Where frames come from: stored, by source name and index; the others from the inputs, by name, as they were
    sampled."""

    stored: dict[tuple[str, int], AnnotatedFrame]
    sources: dict[str, Source]
    sampling: SamplingSettings

    def tiles(self, faces: Mapping[int, Marked]) -> dict[int, tuple[np.ndarray, str]]:
        """Each face, by its number, in its surroundings, RGB uint8 (TILE_WH), with a caption; without those whose input
        is gone or damaged. StoreError: a picture of the run cannot be read."""
        found: dict[int, tuple[np.ndarray, str]] = {}
        elsewhere: dict[str, list[int]] = {}
        for k, face in faces.items():
            frame = self.stored.get((face.source, face.frame))
            if frame is None:
                elsewhere.setdefault(face.source, []).append(k)
            else:
                tile = _in_context(read_rgb(frame.image_path, frame.size_wh), in_stored(face.box_ltrb, frame))
                found[k] = tile, f"{face.who} · {moment(frame.source, frame.time_s)}"
        for name, places in elsewhere.items():
            for index, time_s, image in self._decoded(name, {faces[k].frame for k in places}):
                for k in places:
                    if faces[k].frame == index:
                        caption = f"{faces[k].who} · {moment(name, time_s)}"
                        found[k] = _in_context(image, faces[k].box_ltrb), caption
        return found

    def _decoded(self, name: str, wanted: set[int]) -> Iterator[tuple[int, float, np.ndarray]]:
        """Frames of an input: index, time and RGB pixels; fewer where it is gone or damaged."""
        source = self.sources.get(name)
        if source is None or not source.path.is_file():
            return
        with suppress(InputError):
            for frame in sample(source, self.sampling, is_done=lambda ref: ref.index not in wanted):
                if frame.ref.index in wanted and frame.picture is not None:
                    wanted.discard(frame.ref.index)
                    yield frame.ref.index, frame.ref.time_s, frame.picture.rgb()
                if not wanted:
                    return


def moment(source: str, time_s: float) -> str:
    """Where a frame is, in a few letters: of a long file name the end, which tells it from its neighbours."""
    stem = Path(source).stem
    stem = stem if len(stem) <= _MOST_LETTERS else f"…{stem[1 - _MOST_LETTERS :]}"
    return f"{clock(time_s)} {stem}" if time_s else stem


def _in_context(image: np.ndarray, box_ltrb: Sequence[float]) -> np.ndarray:
    """A box and what is around it, RGB uint8 (TILE_WH); without a box, the picture."""
    if np.isnan(box_ltrb).any():
        return fill_tile(image, TILE_WH)
    left, top, right, bottom = (round(side) for side in np.asarray(box_ltrb).tolist())
    box: Box = left, top, max(right, left + 1), max(bottom, top + 1)
    part, _ = crop_padded(image, expand_box(box, 1.1, 1.2, 1.1, 1.2))  # so that the box is in the middle
    tile = fill_tile(part, TILE_WH)
    scale = max(TILE_WH[0] / part.shape[1], TILE_WH[1] / part.shape[0])
    corners = [
        tuple(round(side / 2 + end * scale * length / 2) for side, length in zip(TILE_WH, box_size(box), strict=True))
        for end in (-1, 1)
    ]
    return cv2.rectangle(tile, *corners, _MARK, 2)
