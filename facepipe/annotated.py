"""A frame with its named faces: the one record from which crops, montages and annotations are made."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import overload

import numpy as np

from facepipe.files.names import known_folder, natural_key
from facepipe.geometry import Box, Size, box_in
from facepipe.grouping import Places
from facepipe.runs.layout import frame_file
from facepipe.table import FaceTable


@dataclass(frozen=True, slots=True)
class AnnotatedFace:
    """A face with its person: a folder name (see names.safe_name), "" when unknown.

    box_ltrb: the dlib-shaped box in the source; stored_ltrb: the same in the stored picture. track: -1 when it has
    none. embedding: float32 (d,). points_xy, landmarks_xy: as in FaceTable, float32 (5, 2), in the stored picture.
    chosen: False for a face that is not exported for its own sake (a near-duplicate, say); where its frame is shown
    for another face, it is still labelled, because it is there.
    """

    face_id: str
    stored_ltrb: Box
    box_ltrb: Box
    person: str
    quality: float
    score: float
    track: int
    embedding: np.ndarray = field(compare=False, repr=False)
    points_xy: np.ndarray = field(compare=False, repr=False)
    landmarks_xy: np.ndarray = field(compare=False, repr=False)
    chosen: bool = True


@dataclass(frozen=True, slots=True)
class AnnotatedFrame:
    """A sampled frame that has faces.

    index: frame number in the source. split: "train", "val" or "test". frames_dir: where the stored JPEG is, of
    size_wh; source_wh: size of the source, larger where the JPEG was shrunk.
    """

    frame_id: str
    source: str
    index: int
    time_s: float
    shot: int
    split: str
    frames_dir: Path
    size_wh: Size
    source_wh: Size
    faces: tuple[AnnotatedFace, ...]

    @property
    def head(self) -> tuple[str, str]:
        """The id and the split."""
        return self.frame_id, self.split

    @property
    def image_path(self) -> Path:
        """The stored JPEG."""
        return self.frames_dir / frame_file(self.frame_id)


Item = tuple[AnnotatedFrame, AnnotatedFace]


class AnnotatedFrames(Sequence[AnnotatedFrame]):
    """The frames of a table, in its order, each made when it is asked for: there may be very many.

    splits: "train", "val" or "test" for each face, the same for all of a frame (default: all "train"). chosen: see
    AnnotatedFace (default: all). Pictures are expected at frames_dir/<frame_id>.jpg. Ids are file names by contract and
    taken as they are; a Target refuses those that leave its folder.
    """

    def __init__(
        self,
        table: FaceTable,
        frames_dir: Path,
        splits: Sequence[str] | None = None,
        chosen: Sequence[bool] | None = None,
    ) -> None:
        self.table = table
        self._dir, self._splits, self._chosen = frames_dir, splits, chosen
        self._place = table.frame_codes()  # of the frame of each row
        self._rows = Places(self._place, int(self._place.max(initial=-1)) + 1)
        self._made: dict[int, AnnotatedFrame] = {}
        self._folders = {name: known_folder(name) for name in {*table.person}}

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> AnnotatedFrame: ...

    @overload
    def __getitem__(self, place: slice) -> list[AnnotatedFrame]: ...

    def __getitem__(self, place: int | slice) -> AnnotatedFrame | list[AnnotatedFrame]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        place = range(len(self))[place]
        if place not in self._made:
            self._made[place] = self._frame(place)
        return self._made[place]

    def head(self, place: int) -> tuple[str, str]:
        """The id and the split of a frame, which need not be made for it."""
        row = int(self._rows[place][0])
        return self.table.frame_id[row], self._splits[row] if self._splits is not None else "train"

    def face(self, row: int) -> Item:
        """A face of the table, and its frame."""
        place = int(self._place[row])
        frame = self[place]
        return frame, frame.faces[self._rows[place].tolist().index(row)]

    @cached_property
    def counts(self) -> Counter[str]:
        """How many faces everybody has, "" is nobody."""
        counts: Counter[str] = Counter()
        for name, rows in self.table.rows_by_person().items():
            counts[self._folders[name]] += len(rows)
        return counts

    def best_first(self, people: Collection[str] | None = None) -> dict[str, list[int]]:
        """The rows of people (default: of all) in natural order, "" (unknown) last; each person's best faces first."""
        rows: dict[str, list[int]] = {}
        for name, own in self.table.rows_by_person().items():
            if people is None or self._folders[name] in people:
                rows.setdefault(self._folders[name], []).extend(own.tolist())
        quality, face_id = self.table.quality.tolist(), self.table.face_id
        order = sorted(rows, key=lambda person: (person == "", natural_key(person)))
        return {person: sorted(rows[person], key=lambda row: (-quality[row], face_id[row])) for person in order}

    def _frame(self, place: int) -> AnnotatedFrame:
        table, rows = self.table, self._rows[place].tolist()
        first = rows[0]
        size, stored = tuple(table.image_wh[first].tolist()), tuple(table.stored_wh[first].tolist())
        frame_id, split = self.head(place)
        return AnnotatedFrame(
            frame_id,
            table.source[first],
            int(table.frame_index[first]),
            float(table.time_s[first]),
            int(table.shot[first]),
            split,
            self._dir,
            stored,
            size,
            tuple(self._faces(rows, size, stored)),
        )

    def _faces(self, rows: list[int], size: Size, stored: Size) -> Iterator[AnnotatedFace]:
        table = self.table
        at = slice(rows[0], rows[-1] + 1) if rows[-1] - rows[0] + 1 == len(rows) else rows  # a view is quicker
        shrunk = (table.stored_wh[at] / np.maximum(table.image_wh[at], 1))[:, None]
        columns = zip(
            rows,
            table.box_ltrb[at].tolist(),
            table.quality[at].tolist(),
            table.score[at].tolist(),
            table.track[at].tolist(),
            table.embedding[at],
            table.points_xy[at] * shrunk,
            table.landmarks_xy[at] * shrunk,
            strict=True,
        )
        for row, box, quality, score, track, embedding, points, landmarks in columns:
            yield AnnotatedFace(
                table.face_id[row],
                box_in(box, size, stored),
                tuple(box),
                self._folders[table.person[row]],
                quality,
                score,
                track,
                embedding,
                points,
                landmarks,
                self._chosen is None or bool(self._chosen[row]),
            )


def person_names(frames: Sequence[AnnotatedFrame]) -> list[str]:
    """Everybody who is not unknown, in natural order."""
    return sorted({face.person for frame in frames for face in frame.faces if face.person}, key=natural_key)
