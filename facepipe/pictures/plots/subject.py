"""What all plots are about: the table, who is who, and a small portrait of anybody."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from facepipe.annotated import AnnotatedFrames
from facepipe.choice import appeal, to_show
from facepipe.files.names import natural_key
from facepipe.geometry import Size
from facepipe.grouping import rows_by
from facepipe.imaging.drawing import fill_tile
from facepipe.pictures.crops import face_picture
from facepipe.runs.layout import PORTRAIT
from facepipe.table import FaceTable


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """people: everybody known, in natural order. of: int (n,), index into people, -1 unknown. frames: in
    which the faces are. appeal: float32 (n,), how well each face shows somebody. rows_of: by person, in order.
    sampled: gives the frames that were looked at, by source."""

    table: FaceTable
    people: tuple[str, ...]
    of: np.ndarray
    frames: AnnotatedFrames
    people_dir: Path
    appeal: np.ndarray
    rows_of: dict[int, np.ndarray]
    sampled: Callable[[], Mapping[str, Collection[int]]]

    def name(self, person: int) -> str:
        """What a person is called."""
        return self.people[person] if person >= 0 else "unknown"

    def left_out(self, plot: str, shown: int) -> tuple[str, ...]:
        """The note of a plot that shows the `shown` people who are seen most."""
        rest = len(self.people) - shown
        return (f"{plot} shows the {shown} people with most faces, {rest} are left out",) if rest else ()

    def rows(self, person: int) -> np.ndarray:
        """Rows of a person (-1: of nobody), best face first."""
        rows = self.rows_of.get(person, np.empty(0, np.int64))
        return rows[np.lexsort((rows, -self.table.quality[rows]))]

    def shown(self, person: int, count: int) -> np.ndarray:
        """Up to `count` rows of a person to look at: the best face, then good ones that differ."""
        return to_show(self.table, self.rows_of[person], count, self.appeal)

    def cover(self, rows: np.ndarray) -> int:
        """The one of `rows` that shows a person best."""
        return int(rows[np.argmax(self.appeal[rows])])

    def thumbnail(self, row: int, size_wh: Size) -> np.ndarray:
        """RGB portrait of a face."""
        return fill_tile(face_picture(self.people_dir, *self.frames.face(row), size_wh, PORTRAIT), size_wh)

    def most_frequent(self, limit: int) -> list[int]:
        """The up to `limit` people with the most faces, in natural order."""
        return sorted(self.by_frequency()[:limit])

    def by_frequency(self) -> list[int]:
        """Everybody, those with the most faces first."""
        counts = np.bincount(self.of[self.of >= 0], minlength=len(self.people))
        return np.argsort(-counts, kind="stable").tolist()


def subject_of(
    table: FaceTable,
    frames: AnnotatedFrames,
    people_dir: Path,
    sampled: Callable[[], Mapping[str, Collection[int]]] = dict,
) -> Subject:
    """Bring the table and its annotated frames together."""
    names = tuple(sorted(table.people, key=natural_key))
    number = {name: index for index, name in enumerate(names)}
    of = [number.get(person, -1) for person in table.person]
    return Subject(
        table,
        names,
        np.array(of, np.int64),
        frames,
        people_dir,
        appeal(table),
        rows_by(of),
        sampled,
    )
