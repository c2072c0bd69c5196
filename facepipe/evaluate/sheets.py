"""Pictures of what is wrong: a sheet for everybody who is joined or split, one of missed faces, one of extra ones."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from facepipe.annotated import Item
from facepipe.evaluate.conditions import SIZE, frames_by_place, usual_boxes, width
from facepipe.evaluate.marked import Marked, Pictures, moment
from facepipe.evaluate.matching import FALSE_POSITIVE, Matching
from facepipe.evaluate.mistakes import UNKNOWN_NAME, Mistake, Mistakes
from facepipe.files.names import safe_name, told_apart
from facepipe.pictures.montage import tiles
from facepipe.pictures.rows import FACES, Row, page_of_rows
from facepipe.runs.folder import RunFolder
from facepipe.table import FaceTable
from facepipe.words import counted

MOST_SHEETS = 15  # of joined persons, and of split people
_MOST_ROWS, _MOST_TILES = 8, 3 * FACES  # of a sheet, of a row


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A picture to be: the name of its file, the ids of the faces that may be seen, and what draws it (RGB uint8)."""

    name: str
    faces: frozenset[str]
    draw: Callable[[], np.ndarray]


def sheets_of(folder: RunFolder, table: FaceTable, matching: Matching, mistakes: Mistakes) -> list[Sheet]:
    """The sheets of the worst mistakes. StoreError while one is drawn: a picture of the run cannot be read."""
    maker = _Maker(folder, table, matching)
    out = [
        *maker.people("joined", mistakes.joined, "one person of the run; each row is somebody of the truth"),
        *maker.people("split", mistakes.split, "one person of the truth; each row is a person of the run"),
    ]
    return [*out, *maker.missed(), *maker.extra()]


class _Maker:
    def __init__(self, folder: RunFolder, table: FaceTable, matching: Matching) -> None:
        self._people, self._table, self._matching = folder.layout.people, table, matching
        self._frames = frames_by_place(folder, table)
        sources = {source.name: source for source in folder.sources()}
        self._pictures = Pictures(self._frames, sources, folder.settings.sampling)
        by_id = {face.face_id: (frame, face) for frame in self._frames.values() for face in frame.faces}
        self._items: list[Item] = [by_id[face_id] for face_id in table.face_id]

    def people(self, kind: str, mistakes: Sequence[Mistake], line: str) -> Iterator[Sheet]:
        """A sheet for each of the first mistakes: a row for everybody of the other side."""
        shown = mistakes[:MOST_SHEETS]
        names = told_apart(safe_name(one.name) for one in shown)
        for one in shown:
            parts = [(name or UNKNOWN_NAME, self._best(rows)) for name, rows in one.parts[:_MOST_ROWS]]
            faces = frozenset(face.face_id for _, items in parts for _, face in items[:_MOST_TILES])
            more = f"; {len(one.parts) - _MOST_ROWS} more are not shown" if len(one.parts) > _MOST_ROWS else ""
            draw = partial(self._compare, parts, one.name, line + more)
            yield Sheet(f"{kind}_{names[safe_name(one.name)]}.jpg", faces, draw)

    def missed(self) -> Iterator[Sheet]:
        """The annotated faces that were not found, by the size that they would have had."""
        boxes = usual_boxes(self._table, self._matching)
        missed = [
            Marked(one.source, one.frame, box, self._matching.people[one.person])
            for one, box in zip(self._matching.missed, boxes, strict=True)
        ]
        if missed:
            title = f"{counted(len(missed), 'face of the truth was', 'faces of the truth were')} not found"
            yield self._by_size("missed.jpg", missed, title, "the boxes are those of the truth, as tight as the run's")

    def extra(self) -> Iterator[Sheet]:
        """The found faces that the truth does not name."""
        table = self._table
        extra = [
            Marked(table.source[k], int(table.frame_index[k]), table.box_ltrb[k], table.person[k] or UNKNOWN_NAME)
            for k in np.flatnonzero(self._matching.person == FALSE_POSITIVE).tolist()
        ]
        if extra:
            title = f"{counted(len(extra), 'found face is', 'found faces are')} nobody of the truth"
            yield self._by_size("extra.jpg", extra, title, "each with the run's person; a truth may leave people out")

    def _by_size(self, name: str, marked: Sequence[Marked], title: str, line: str) -> Sheet:
        """A sheet with a row for each size of box, the largest first, and one for those without a box."""
        wide = width(np.array([one.box_ltrb for one in marked], np.float64))
        division = SIZE.division(wide, wide[:0])
        rows = []
        for number in (*reversed(range(len(SIZE.names))), -1):
            here = np.flatnonzero(division.found == number)
            if len(here):
                size = SIZE.names[number] if number >= 0 else "no box"
                rows.append((size, len(here), here[np.argsort(-wide[here], kind="stable")][:_MOST_TILES].tolist()))
        shown = {k: marked[k] for _, _, places in rows for k in places}
        frames = (self._frames.get((one.source, one.frame)) for one in shown.values())
        faces = frozenset(face.face_id for frame in frames if frame is not None for face in frame.faces)

        def draw() -> np.ndarray:
            seen = self._pictures.tiles(shown)
            drawn = []
            for size, count, places in rows:
                pairs = [seen[k] for k in places if k in seen]
                drawn.append(Row(size, _count(count, len(pairs)), [tile for tile, _ in pairs], [c for _, c in pairs]))
            return page_of_rows(drawn, title, line)

        return Sheet(name, faces, draw)

    def _best(self, rows: np.ndarray) -> list[Item]:
        """The faces of some rows, the best first."""
        return [self._items[row] for row in rows[np.lexsort((rows, -self._table.quality[rows]))].tolist()]

    def _compare(self, parts: Sequence[tuple[str, list[Item]]], title: str, line: str) -> np.ndarray:
        rows = []
        for name, items in parts:
            shown = items[:_MOST_TILES]
            captions = [moment(frame.source, frame.time_s) for frame, _ in shown]
            rows.append(Row(name, _count(len(items), len(shown)), list(tiles(shown, self._people)), captions))
        return page_of_rows(rows, title, line)


def _count(faces: int, shown: int) -> str:
    return counted(faces, "face") + (f", {shown} shown" if shown < faces else "")
