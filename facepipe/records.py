"""The records that stages exchange. Each validates itself once, when it is made; arrays are read-only."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from facepipe.geometry import Box, Size

CLOTH_SIZE = 128  # numbers that describe clothing
UNKNOWN = -1  # the label of a face that belongs to no person


def frozen(array: np.ndarray, dtype: type, *shape: int | None) -> np.ndarray:
    """`array` as a read-only contiguous array of `dtype` and `shape` (None = any length)."""
    out: np.ndarray = np.ascontiguousarray(array, dtype)
    if out.ndim != len(shape) or any(want not in (None, got) for want, got in zip(shape, out.shape, strict=True)):
        raise ValueError(f"expected an array of shape {shape}, got {out.shape}")
    if out is array:
        out = out.view()
    out.flags.writeable = False
    return out


class Picture(Protocol):
    """Decoded pixels that are converted to RGB only when, and as large as, somebody asks for them."""

    size_wh: Size

    def rgb(self, size_wh: Size | None = None) -> np.ndarray:
        """RGB uint8 (H, W, 3) as a person sees it (rotation applied), at full size or shrunk to `size_wh`."""


@dataclass(frozen=True, slots=True)
class Source:
    """An input file.

    source_id: "<name>-<first 8 hex of the SHA-256 of the content>", safe in file names; the same file keeps
        it wherever it lies.
    name: what users see in faces.csv: the file's name, or its path inside the folder that was given.
    sha256: hex digest of the content. size: bytes. reader: what turns it into frames, by name (default: by its kind).
    address: where it was fetched from, "" where it was here.
    """

    source_id: str
    name: str
    path: Path
    sha256: str
    size: int
    is_video: bool
    reader: str = ""
    address: str = ""

    def __post_init__(self) -> None:
        if not self.reader:
            object.__setattr__(self, "reader", "video" if self.is_video else "photo")


@dataclass(frozen=True, slots=True)
class FrameRef:
    """Which frame: index in the source video (0 for a photo) and seconds since its first frame."""

    source: Source
    index: int
    time_s: float

    @property
    def frame_id(self) -> str:
        return f"{self.source.source_id}-{self.index:07d}"


def source_of(frame_id: str) -> str:
    """The id of the source that a frame is of."""
    return frame_id.rpartition("-")[0]


def frame_of(face_id: str) -> str:
    """The id of the frame that a face stands in: faces are called after their places there."""
    return face_id.rpartition("-")[0]


EMPTY_LTRB: Box = (0, 0, 1, 1)  # of a place in a frame that is empty; no detector finds a face of one pixel


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """What a detector says of one face, in pixels of the picture that it was given (floats).

    detection_ltrb: its own box, float32 (4,). box_ltrb: the dlib-shaped box refitted from it, float32 (4,).
    score: its confidence, in its own unit. landmarks_xy: its own landmarks, float32 (k, 2), k may be 0.
    """

    detection_ltrb: np.ndarray
    box_ltrb: np.ndarray
    score: float
    landmarks_xy: np.ndarray = field(default_factory=lambda: np.zeros((0, 2), np.float32))

    def __post_init__(self) -> None:
        for name, shape in {"detection_ltrb": (4,), "box_ltrb": (4,), "landmarks_xy": (None, 2)}.items():
            object.__setattr__(self, name, frozen(getattr(self, name), np.float32, *shape))


class SharedDetections(Protocol):
    """Detections that hold for several frames, since they look alike."""

    def detections(self, detect: Callable[[Picture], list[Detection]]) -> list[Detection]:
        """What `detect` finds in the picture that stands for all of them; it is called once."""


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A found face.

    box_ltrb: the dlib-shaped box (a square from the brows to the chin), whatever the detector; it may leave the
        picture, of which it covers a part.
    score: the detector's confidence, in its own unit. quality: how usable the face is, 0..1 (see faces.quality).
    eyes: how open its eyes look, 0..1 (see faces.eyes); 0 where that was not measured.
    light, sharpness: of its box (see faces.quality.light_and_sharpness); nan where they were not measured.
    detection_ltrb, detection_xy: the detector's own box, float32 (4,), and landmarks, float32 (k, 2), k may be 0;
        in source pixels.
    landmarks_xy: dlib's 5 points, float32 (5, 2), source pixels.
    embedding: float32 (d,), in the encoder's own space, which says what is near (see space.EmbeddingSpace).
    cloth: float32 (128,) of norm 1, or None where no clothing can be seen; cloth_visibility: 0..1.
    """

    face_id: str
    box_ltrb: Box
    score: float
    quality: float = 0.0
    detection_ltrb: np.ndarray = field(default_factory=lambda: np.zeros(4, np.float32))
    detection_xy: np.ndarray = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    landmarks_xy: np.ndarray = field(default_factory=lambda: np.zeros((5, 2), np.float32))
    embedding: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    cloth: np.ndarray | None = None
    cloth_visibility: float = 0.0
    eyes: float = 0.0
    light: float = math.nan
    sharpness: float = math.nan

    def __post_init__(self) -> None:
        if self.box_ltrb[0] >= self.box_ltrb[2] or self.box_ltrb[1] >= self.box_ltrb[3]:
            raise ValueError(f"face {self.face_id} has an empty box {self.box_ltrb}")
        shapes: dict[str, tuple[int | None, ...]] = {"detection_ltrb": (4,), "detection_xy": (None, 2)}
        shapes |= {"landmarks_xy": (5, 2), "embedding": (None,)}
        if self.cloth is not None:
            shapes["cloth"] = (CLOTH_SIZE,)
        for name, shape in shapes.items():
            object.__setattr__(self, name, frozen(getattr(self, name), np.float32, *shape))


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A sampled frame on its way through the graph.

    picture: its pixels; None once they are stored. faces: left to right. signature: uint8 (k,), a tiny
    description of the whole picture, from which shot boundaries are found. skipped: why the frame's faces
    were left out ("" when they were not). static: where its detections come from if not from its own picture.
    taken: of a photo, when the shutter fell: ISO 8601 by the clock of the camera, as EXIF has it, with its offset from
        UTC where that is known; "" where nothing is.
    pixels: of a photo, a digest of what it shows, by which it is known when only what is written about it has changed;
        "" where there is none.
    """

    ref: FrameRef
    size_wh: Size
    picture: Picture | None
    faces: tuple[Face, ...] = ()
    signature: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint8))
    skipped: str = ""
    static: SharedDetections | None = None
    taken: str = ""
    pixels: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "signature", frozen(self.signature, np.uint8, None))
        if self.taken:
            datetime.fromisoformat(self.taken)  # or ValueError

    @property
    def frame_id(self) -> str:
        return self.ref.frame_id

    def with_(self, **changes: Any) -> "Frame":
        """A copy with some fields changed."""
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class Failure:
    """A frame or file that could not be processed: which, in which stage, and the error in one line."""

    item_id: str
    stage: str
    error: str


@dataclass(frozen=True, slots=True)
class Told:
    """What people have said of faces, by their ids: what a clusterer has to respect.

    people: sets of faces, each of one person, no two of the same; one may look like several. apart: pairs of sets; no
    two faces, one of each, are one person.
    """

    people: tuple[frozenset[str], ...] = ()
    apart: tuple[tuple[frozenset[str], frozenset[str]], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Clustering:
    """What a clusterer decided.

    labels: int32 (n,), 0..k-1 a person, -1 unknown; people are numbered by the row of their first face.
    track: int32 (n,), as the clusterer used them (-1: none). notes: one line a face on how it got its label
        ("" where there is nothing to say). threshold: the face distance beyond which two usual tracks or faces were not
        joined; None where the method has none, or does not compare faces alone. doubled: bool (n,), whether a face
        stands in a shot that shows its picture several times, where its copies may have its label.
    """

    labels: np.ndarray
    track: np.ndarray
    notes: tuple[str, ...] = ()
    threshold: float | None = None
    doubled: np.ndarray | None = None

    def __post_init__(self) -> None:
        n = len(self.labels)
        doubled = np.zeros(n, bool) if self.doubled is None else self.doubled
        object.__setattr__(self, "doubled", frozen(doubled, np.bool_, n))
        object.__setattr__(self, "labels", frozen(self.labels, np.int32, n))
        object.__setattr__(self, "track", frozen(self.track, np.int32, n))
