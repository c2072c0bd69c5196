"""The one table of faces, one row per face, and its columns as data.

A column is one line of `FaceTable`: its type, the shape of a row, where it stands in faces.csv and faces.npz, and how
it is read off a frame. Validation, collating, writing and reading follow from that.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from facepipe.files.mapped import release
from facepipe.geometry import clip_box, fit_within
from facepipe.grouping import aligned, numbered, rows_by
from facepipe.pose import LANDMARKS, framing, yaw_and_roll
from facepipe.records import CLOTH_SIZE, UNKNOWN, Face, Frame, Told, frozen
from facepipe.space import DLIB, EmbeddingSpace
from facepipe.timespans import taken_s
from facepipe.words import counted

if TYPE_CHECKING:
    import pandas as pd

LARGE = 100_000  # faces; reading as many from a text takes a second


@dataclass(frozen=True, slots=True)
class FaceRow:
    """What a row of the table is made from: a face, its frame, and what is known of the frame's place in the run.

    frame_size: what stored pictures are shrunk to fit. wears: whether its clothing is seen well enough to count.
    """

    frame: Frame
    face: Face
    shot: int
    frame_size: tuple[int, int]
    wears: bool


Collect = Callable[[FaceRow], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """How a column is kept.

    dtype: of its array; str for a tuple of str. shape: of one row; -1 for the embedding's own length.
    csv: its names in faces.csv, one for each number of a row. text: how a number is written there.
    npz: its name in faces.npz, which keeps all digits and is read sooner; a column that both files have is read from
    there.
    collect: its value for a face; without it, or where an older table lacks it, the column starts as `fill`.
    """

    name: str
    dtype: type
    shape: tuple[int, ...] = ()
    csv: tuple[str, ...] = ()
    text: str = ""
    npz: str = ""
    collect: Collect | None = None
    fill: Any = None


def column(
    dtype: type,
    *shape: int,
    csv: str = "",
    text: str = "",
    npz: str = "",
    collect: Collect | None = None,
    fill: Any = None,
) -> Any:
    """A field of `FaceTable`; see `Column`. csv: names with blanks between them."""
    facts = {"shape": shape, "csv": tuple(csv.split()), "text": text, "npz": npz, "collect": collect, "fill": fill}
    default = MISSING if collect and fill is None else None  # what is collected from shards must be there
    return field(default=default, metadata={"dtype": dtype, **facts})


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FaceTable:
    """Every face of a run, column by column, in the order source, frame, position in the frame; n faces.

    frame_index: in its source. box_ltrb: the dlib-shaped box, clipped to the source picture, of image_wh pixels.
    stored_wh: size of its picture in frames/. eyes: how open the eyes look, 0 where that is not known. light: the mean
    grey level of the face box, 0 to 255, and sharpness: what fine detail it has, both nan where they are not known (see
    faces.quality).
    points_xy: eye, eye, tip of the nose, corners of the mouth, each from the left, as the detector has them; nan where
    it has others. landmarks_xy: dlib's five, see `Face`. Both in source pixels.
    pose: yaw and roll in degrees, see `yaw_and_roll`; nan where the detector does not tell. framing: how much of the
    person the picture shows, one of `FRAMINGS`. taken: see `Frame`. shot: running number over the run; frames of one
    shot share it, and so do the photos of a burst.
    track, cluster: -1 before they are made, and where a face has none. person: the name of its folder under people/,
    "" for unknown. embedding: of the run's encoder. cloth: zeros where has_cloth is False.

    space: where the embeddings live. threshold: the distance beyond which the clustering that made `cluster` did not
    join two usual tracks or faces; None where it has none, or did not compare faces alone. told: what people have said
    of the faces, for a clusterer.
    """

    face_id: tuple[str, ...] = column(str, csv="face_id", npz="face_id", collect=lambda row: row.face.face_id)
    frame_id: tuple[str, ...] = column(str, npz="frame_id", collect=lambda row: row.frame.frame_id)
    source: tuple[str, ...] = column(str, csv="source", collect=lambda row: row.frame.ref.source.name)
    frame_index: np.ndarray = column(np.int64, csv="frame", npz="frame", collect=lambda row: row.frame.ref.index)
    time_s: np.ndarray = column(
        np.float64, csv="time_s", text=".3f", npz="time_s", collect=lambda r: r.frame.ref.time_s
    )
    box_ltrb: np.ndarray = column(
        np.int32,
        4,
        csv="left top right bottom",
        npz="box",
        collect=lambda row: clip_box(row.face.box_ltrb, row.frame.size_wh),
    )
    image_wh: np.ndarray = column(np.int32, 2, npz="image_wh", collect=lambda row: row.frame.size_wh)
    stored_wh: np.ndarray = column(
        np.int32, 2, npz="stored_wh", collect=lambda row: fit_within(row.frame.size_wh, row.frame_size)
    )
    score: np.ndarray = column(np.float32, csv="score", text=".4f", npz="score", collect=lambda row: row.face.score)
    quality: np.ndarray = column(
        np.float32, csv="quality", text=".4f", npz="quality", collect=lambda row: row.face.quality
    )
    eyes: np.ndarray = column(np.float32, npz="eyes", collect=lambda row: row.face.eyes, fill=0.0)
    light: np.ndarray = column(
        np.float32, csv="light", text=".0f", npz="light", collect=lambda row: row.face.light, fill=np.nan
    )
    sharpness: np.ndarray = column(
        np.float32, csv="sharpness", text=".3f", npz="sharpness", collect=lambda row: row.face.sharpness, fill=np.nan
    )
    pose: np.ndarray = column(
        np.float32,
        2,
        csv="yaw roll",
        text=".0f",
        npz="pose",
        collect=lambda row: yaw_and_roll(row.face.detection_xy),
        fill=np.nan,
    )
    points_xy: np.ndarray = column(np.float32, 5, 2, npz="points", collect=lambda row: _five(row.face), fill=np.nan)
    landmarks_xy: np.ndarray = column(
        np.float32, 5, 2, npz="landmarks", collect=lambda row: row.face.landmarks_xy, fill=np.nan
    )
    framing: tuple[str, ...] = column(
        str, csv="framing", npz="framing", collect=lambda row: framing(row.face.box_ltrb, row.frame.size_wh), fill=""
    )
    taken: tuple[str, ...] = column(str, csv="taken", npz="taken", collect=lambda row: row.frame.taken, fill="")
    shot: np.ndarray = column(np.int32, csv="shot", npz="shot", collect=lambda row: row.shot)
    embedding: np.ndarray = column(np.float32, -1, npz="face", collect=lambda row: row.face.embedding)
    cloth: np.ndarray = column(
        np.float32, CLOTH_SIZE, npz="cloth", collect=lambda row: row.face.cloth if row.wears else np.zeros(CLOTH_SIZE)
    )
    has_cloth: np.ndarray = column(np.bool_, npz="has_cloth", collect=lambda row: row.wears)
    track: np.ndarray = column(np.int32, csv="track", npz="track", fill=-1)
    cluster: np.ndarray = column(np.int32, csv="cluster", npz="cluster", fill=UNKNOWN)
    person: tuple[str, ...] = column(str, csv="person", fill="")
    space: EmbeddingSpace = DLIB
    threshold: float | None = None
    told: Told = Told()
    _known: dict[str, Any] = field(default_factory=dict, init=False, repr=False)  # what was worked out of the columns

    def __post_init__(self) -> None:
        n = len(self.face_id)
        if len(set(self.face_id)) != n:
            raise ValueError("face ids are not unique")
        for spec in columns():
            given = getattr(self, spec.name)
            if given is None:
                given = np.full((n, *spec.shape), spec.fill) if spec.dtype is not str else (spec.fill,) * n
            if spec.dtype is not str:
                shape = (self.space.dimensions if side == -1 else side for side in spec.shape)
                given = frozen(given, spec.dtype, n, *shape)
            elif len(given) != n:
                raise ValueError(f"the column {spec.name} has {len(given)} rows, not {n}")
            object.__setattr__(self, spec.name, given if spec.dtype is not str else tuple(given))

    def __len__(self) -> int:
        return len(self.face_id)

    @property
    def is_large(self) -> bool:
        """Whether a run has this table as Parquet too, where it can, and its vectors in faces.npz alone."""
        return len(self) > LARGE

    def __repr__(self) -> str:
        faces, people = counted(len(self), "face"), counted(len(self.people), "person", "people")
        return f"<FaceTable of {faces}, {people}, {self.person.count('')} unknown>"

    def take(self, rows: Sequence[int] | np.ndarray) -> "FaceTable":
        """The table of some rows, in that order (int indices or a bool mask)."""
        rows = np.asarray(rows)
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64)
        values, places = dict[str, Any](), rows.tolist()
        for spec in columns():
            whole = getattr(self, spec.name)
            values[spec.name] = tuple(map(whole.__getitem__, places)) if spec.dtype is str else whole[rows]
        return replace(self, **values)

    def vectors(self, rows: np.ndarray | slice) -> np.ndarray:
        """The embeddings of some rows, float32 (k, d), for who looks at many in turn: see `files/mapped.py`."""
        found = np.array(self.embedding[rows])
        release(self.embedding)
        return found

    def with_(self, **changes: Any) -> "FaceTable":
        """A copy with some columns changed."""
        return replace(self, **changes)

    def named(self, names: Mapping[str, str]) -> "FaceTable":
        """A copy with other people; names: face id -> person, "" for unknown."""
        found = copy(self)  # what is the same is not checked again, nor what follows from it worked out
        people = names.values() if aligned(names, self.face_id) else map(names.__getitem__, self.face_id)
        object.__setattr__(found, "person", tuple(people))
        kept = {what: known for what, known in self._known.items() if what == "frame_codes"}  # people are not in them
        object.__setattr__(found, "_known", kept)
        return found

    @property
    def people(self) -> set[str]:
        """Everybody who is known."""
        return {*self._once("people", lambda: {*self.person} - {""})}

    def rows_by_person(self) -> dict[str, np.ndarray]:
        """The rows of everybody, int64, rising; "" is nobody."""
        return dict(self._once("rows_by_person", lambda: rows_by(self.person)))

    def frame_codes(self) -> np.ndarray:
        """An int64 (n,) number a frame: equal where two faces stand in the same frame."""
        codes: np.ndarray = self._once("frame_codes", lambda: numbered(self.frame_id)[1])
        return codes

    def moments_s(self) -> np.ndarray:
        """float64 (n,): seconds since the first frame of a face's video; of a photo since the run's first photo, by
        the clocks of the cameras, and 0 where it is not known when it was taken."""
        taken = taken_s(self.taken)
        since = taken - np.min(taken, initial=np.inf, where=~np.isnan(taken))
        return np.where(np.isnan(taken), self.time_s, since)

    def _once(self, what: str, work_out: Callable[[], Any]) -> Any:
        """What is asked for several times of the same table."""
        if what not in self._known:
            self._known[what] = work_out()
        return self._known[what]

    def to_pandas(self) -> "pd.DataFrame":
        """The columns of faces.csv, and `embedding` with an array a row. ImportError where pandas is not installed."""
        import pandas as pd

        values: dict[str, Any] = {}
        for spec in columns():
            whole = getattr(self, spec.name)
            values |= {name: whole if len(spec.csv) == 1 else whole[:, k] for k, name in enumerate(spec.csv)}
        return pd.DataFrame({**values, "embedding": list(self.embedding)})


def _five(face: Face) -> np.ndarray:
    """The detector's landmarks where they are `points_xy`."""
    return face.detection_xy if len(face.detection_xy) == LANDMARKS else np.full((LANDMARKS, 2), np.nan)


@cache
def columns() -> tuple[Column, ...]:
    """The columns of `FaceTable`, in its order, which is that of faces.csv and faces.npz."""
    return tuple(_column_of(spec) for spec in fields(FaceTable) if spec.metadata)


def _column_of(spec: Field[Any]) -> Column:
    return Column(spec.name, **spec.metadata)


def collated(rows: Sequence[FaceRow], space: EmbeddingSpace = DLIB) -> FaceTable:
    """The table of faces in their order; boxes are clipped to their pictures."""
    values: dict[str, Any] = {}
    for spec in columns():
        if spec.collect is None:
            continue
        found = [spec.collect(row) for row in rows]
        side = [space.dimensions if n == -1 else n for n in spec.shape]
        values[spec.name] = found if spec.dtype is str else np.array(found, spec.dtype).reshape(len(rows), *side)
    return FaceTable(**values, space=space)
