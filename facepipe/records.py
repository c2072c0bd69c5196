"""The records that stages exchange. Each validates itself once, when it is made; arrays are read-only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from facepipe.geometry import Box, Size

VECTOR_SIZE = 128
UNKNOWN = -1  # the label of a face that belongs to no person


def _frozen(array: np.ndarray, dtype: type, *shape: int | None) -> np.ndarray:
    """`array` as a read-only contiguous array of `dtype` and `shape` (None = any length)."""
    out = np.ascontiguousarray(array, dtype)
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
    sha256: hex digest of the content. size: bytes.
    """

    source_id: str
    name: str
    path: Path
    sha256: str
    size: int
    is_video: bool


@dataclass(frozen=True, slots=True)
class FrameRef:
    """Which frame: index in the source video (0 for a photo) and seconds since its first frame."""

    source: Source
    index: int
    time_s: float

    @property
    def frame_id(self) -> str:
        return f"{self.source.source_id}-{self.index:07d}"


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """What a detector says of one face, in pixels of the picture that it was given (floats).

    box_ltrb: its own box, float32 (4,). face_ltrb: the dlib-shaped box refitted from it, float32 (4,).
    score: its confidence, in its own unit. landmarks_xy: its own landmarks, float32 (k, 2), k may be 0.
    """

    box_ltrb: np.ndarray
    face_ltrb: np.ndarray
    score: float
    landmarks_xy: np.ndarray = field(default_factory=lambda: np.zeros((0, 2), np.float32))

    def __post_init__(self) -> None:
        for name, shape in {"box_ltrb": (4,), "face_ltrb": (4,), "landmarks_xy": (None, 2)}.items():
            object.__setattr__(self, name, _frozen(getattr(self, name), np.float32, *shape))


class SharedDetections(Protocol):
    """Detections that hold for several frames, since they look alike."""

    def detections(self, detect: Callable[[Picture], list[Detection]]) -> list[Detection]:
        """What `detect` finds in the picture that stands for all of them; it is called once."""


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A found face.

    box_ltrb: the dlib-shaped box (a square from the brows to the chin), whatever the detector; it may leave the
        picture, of which it covers a part.
    score: the detector's confidence, in its own unit. quality: how usable the face is, 0..1 (see encode.quality).
    detection_ltrb, detection_xy: the detector's own box, float32 (4,), and landmarks, float32 (k, 2), k may be 0;
        in source pixels.
    landmarks_xy: dlib's 5 points, float32 (5, 2), source pixels.
    embedding: float32 (128,), not normalised (norm about 1.4); the same person is below a distance of 0.6.
    cloth: float32 (128,) of norm 1, or None where no clothing can be seen; cloth_visibility: 0..1.
    """

    face_id: str
    box_ltrb: Box
    score: float
    quality: float = 0.0
    detection_ltrb: np.ndarray = field(default_factory=lambda: np.zeros(4, np.float32))
    detection_xy: np.ndarray = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    landmarks_xy: np.ndarray = field(default_factory=lambda: np.zeros((5, 2), np.float32))
    embedding: np.ndarray = field(default_factory=lambda: np.zeros(VECTOR_SIZE, np.float32))
    cloth: np.ndarray | None = None
    cloth_visibility: float = 0.0

    def __post_init__(self) -> None:
        if self.box_ltrb[0] >= self.box_ltrb[2] or self.box_ltrb[1] >= self.box_ltrb[3]:
            raise ValueError(f"face {self.face_id} has an empty box {self.box_ltrb}")
        shapes = {"detection_ltrb": (4,), "detection_xy": (None, 2), "landmarks_xy": (5, 2)}
        shapes["embedding"] = (VECTOR_SIZE,)
        if self.cloth is not None:
            shapes["cloth"] = (VECTOR_SIZE,)
        for name, shape in shapes.items():
            object.__setattr__(self, name, _frozen(getattr(self, name), np.float32, *shape))


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A sampled frame on its way through the graph.

    picture: its pixels; None once they are stored. faces: left to right. signature: uint8 (k,), a tiny
    description of the whole picture, from which shot boundaries are found. skipped: why the frame's faces
    were left out ("" when they were not). still: where its detections come from if not from its own picture.
    """

    ref: FrameRef
    size_wh: Size
    picture: Picture | None
    faces: tuple[Face, ...] = ()
    signature: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint8))
    skipped: str = ""
    still: SharedDetections | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "signature", _frozen(self.signature, np.uint8, None))

    @property
    def frame_id(self) -> str:
        return self.ref.frame_id

    def with_(self, **changes) -> "Frame":
        """A copy with some fields changed."""
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class Failure:
    """A frame or file that could not be processed: which, in which stage, and the error in one line."""

    item_id: str
    stage: str
    error: str


@dataclass(frozen=True, slots=True, eq=False)
class FaceTable:
    """Every face of a run, column by column, in the order source, frame, position in the frame.

    n faces. face_id, frame_id, source: tuples of str. frame: int64 (n,), index in the source. time_s: float64.
    box: int32 (n, 4). image_wh: int32 (n, 2), size of the source image. score, quality: float32 (n,).
    shot: int32 (n,), running number over the run (frames of one shot share it). face: float32 (n, 128).
    cloth: float32 (n, 128), zeros where has_cloth, bool (n,), is False. track: int32 (n,), -1 before tracks are made.
    stored_wh: int32 (n, 2), size of its picture in frames/ (default: image_wh).
    """

    face_id: tuple[str, ...]
    frame_id: tuple[str, ...]
    source: tuple[str, ...]
    frame: np.ndarray
    time_s: np.ndarray
    box: np.ndarray
    image_wh: np.ndarray
    score: np.ndarray
    quality: np.ndarray
    shot: np.ndarray
    face: np.ndarray
    cloth: np.ndarray
    has_cloth: np.ndarray
    track: np.ndarray
    stored_wh: np.ndarray | None = None

    def __post_init__(self) -> None:
        n = len(self.face_id)
        if len(set(self.face_id)) != n:
            raise ValueError("face ids are not unique")
        if {len(self.frame_id), len(self.source)} != {n}:
            raise ValueError("the table's columns differ in length")
        kinds = {
            "frame": (np.int64, n),
            "time_s": (np.float64, n),
            "box": (np.int32, n, 4),
            "image_wh": (np.int32, n, 2),
            "score": (np.float32, n),
            "quality": (np.float32, n),
            "shot": (np.int32, n),
            "face": (np.float32, n, VECTOR_SIZE),
            "cloth": (np.float32, n, VECTOR_SIZE),
            "has_cloth": (np.bool_, n),
            "track": (np.int32, n),
            "stored_wh": (np.int32, n, 2),
        }
        if self.stored_wh is None:
            object.__setattr__(self, "stored_wh", self.image_wh)
        for name, (dtype, *shape) in kinds.items():
            object.__setattr__(self, name, _frozen(getattr(self, name), dtype, *shape))

    def __len__(self) -> int:
        return len(self.face_id)

    def take(self, rows: Sequence[int] | np.ndarray) -> "FaceTable":
        """The table of some rows, in that order (int indices or a bool mask)."""
        rows = np.asarray(rows)
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64)
        columns = {}
        for spec in fields(self):
            column = getattr(self, spec.name)
            columns[spec.name] = tuple(column[i] for i in rows) if isinstance(column, tuple) else column[rows]
        return FaceTable(**columns)

    def with_(self, **changes) -> "FaceTable":
        """A copy with some columns changed."""
        return replace(self, **changes)

    def frame_codes(self) -> np.ndarray:
        """An int64 (n,) number a frame: equal where two faces stand in the same frame."""
        codes: dict[str, int] = {}
        return np.array([codes.setdefault(name, len(codes)) for name in self.frame_id], np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Clustering:
    """What a clusterer decided.

    labels: int32 (n,), 0..k-1 a person, -1 unknown; people are numbered by the row of their first face.
    track: int32 (n,), as the clusterer used them (-1: none). notes: one line a face on how it got its label
        ("" where there is nothing to say). cut: the face distance beyond which two usual tracks or faces were not
        joined; None where the method has none, or does not compare faces alone.
    """

    labels: np.ndarray
    track: np.ndarray
    notes: tuple[str, ...] = ()
    cut: float | None = None

    def __post_init__(self) -> None:
        n = len(self.labels)
        object.__setattr__(self, "labels", _frozen(self.labels, np.int32, n))
        object.__setattr__(self, "track", _frozen(self.track, np.int32, n))


@dataclass(frozen=True, slots=True, eq=False)
class LabelledFaces:
    """Faces and their people: a person's folder name a face, "" for unknown."""

    table: FaceTable
    clustering: Clustering
    people: tuple[str, ...]
