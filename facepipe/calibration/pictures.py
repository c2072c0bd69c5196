"""Labelled pictures as an encoder sees them, and damaged copies of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from facepipe.callbacks import Progress, Warn
from facepipe.errors import DecodeError, InputError
from facepipe.faces.analyser import FaceAnalyser, Look
from facepipe.imaging.array_picture import ArrayPicture
from facepipe.media.readers import sample
from facepipe.media.sources import find_sources
from facepipe.people.reference import clearly_largest
from facepipe.records import Frame, Source
from facepipe.settings import SamplingSettings

_SMALL_PX = (20, 45)  # sides of faces that are shrunk
_BLUR = (0.02, 0.06)  # standard deviation of a blur, in sides of the face
_DARK = (0.06, 0.5)  # share of the light that is left
_JPEG = (5, 20)  # quality


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Faces of people, each twice where its damaged copy was found too.

    outputs: float32 (n, d), of the network. quality: float (n,), of the pixels. person: int (n,), the place of the name
    in `names`. picture: int (n,), the same for both versions. lost: pictures without one clear face.
    """

    outputs: np.ndarray
    quality: np.ndarray
    person: np.ndarray
    picture: np.ndarray
    names: tuple[str, ...]
    lost: int


def read_labelled(folder: Path, analyser: FaceAnalyser, warn: Warn, progress: Progress) -> Labelled:
    """The faces of FOLDER/NAME/*.jpg. InputError: there is no such picture, or none with a face."""
    sources = list(_labelled(folder, warn))
    names = sorted({name for name, _ in sources})
    rows: list[tuple[np.ndarray, float, int, int]] = []
    lost = 0
    for number, (name, source) in enumerate(sources):
        versions = list(_versions(source, analyser, np.random.default_rng(number), warn))
        rows += [(analyser.outputs([seen])[0], seen.quality, names.index(name), number) for seen in versions]
        lost += not versions
        progress(number + 1, len(sources))
    if not rows:
        raise InputError(f"no face found in any picture of {folder}: give FOLDER/NAME/*.jpg that show one face each")
    outputs, quality, person, picture = zip(*rows, strict=True)
    return Labelled(np.stack(outputs), np.array(quality), np.array(person), np.array(picture), tuple(names), lost)


def _labelled(folder: Path, warn: Warn) -> Iterator[tuple[str, Source]]:
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder: give one with NAME/*.jpg for each person")
    for source in find_sources([folder], warn, kinds=["photo"]):
        inside = source.path.relative_to(folder).parts
        if len(inside) > 1:
            yield inside[0], source


def _versions(source: Source, analyser: FaceAnalyser, rng: np.random.Generator, warn: Warn) -> Iterator[Look]:
    """The one face of a photo, and the same in a damaged copy; nothing where none is clearly the largest."""
    try:
        (frame,) = sample(source, SamplingSettings())
        seen = _largest(analyser.looks(frame))
    except DecodeError as error:
        warn(f"{error}; it was left out")
        return
    if seen is None:
        return
    yield seen
    pixels = damaged(frame.picture.rgb(), seen.side, rng)
    size_wh = (pixels.shape[1], pixels.shape[0])
    copy = _largest(analyser.looks(Frame(frame.ref, size_wh, ArrayPicture(pixels))))
    if copy is not None:
        yield copy


def _largest(faces: list[Look]) -> Look | None:
    place = clearly_largest([face.side for face in faces])
    return None if place is None else faces[place]


def damaged(image: np.ndarray, side: float, rng: np.random.Generator) -> np.ndarray:
    """A copy of `image`, uint8 (H, W, 3), shrunk, blurred, darkened or recompressed, as `rng` has it.

    side: of the face, in pixels.
    """
    kind = rng.integers(4)
    if kind == 0:
        factor = rng.uniform(*_SMALL_PX) / side
        if factor < 1:
            return cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    if kind == 1:
        return cv2.GaussianBlur(image, (0, 0), rng.uniform(*_BLUR) * side)
    if kind == 2:
        return (image * rng.uniform(*_DARK)).astype(np.uint8)
    _, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(*_JPEG))])
    return cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
