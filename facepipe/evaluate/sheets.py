"""Pictures of what is wrong: a sheet for everybody who is joined or split, one of missed faces, one of extra ones."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from facepipe.annotated import AnnotatedFrame
from facepipe.evaluate.conditions import SIZE, frames_by_place, in_stored, usual_boxes, width
from facepipe.evaluate.matching import FALSE_POSITIVE, Matching
from facepipe.evaluate.mistakes import UNKNOWN_NAME, Mistake, Mistakes
from facepipe.files.names import safe_name, told_apart
from facepipe.geometry import Box, box_size, crop_padded, expand_box
from facepipe.imaging.codec import read_rgb
from facepipe.imaging.drawing import Colour, fill_tile
from facepipe.pictures.montage import TILE_WH, Item, tiles
from facepipe.pictures.rows import FACES, Row, page_of_rows
from facepipe.runs.folder import RunFolder
from facepipe.table import FaceTable
from facepipe.timespans import clock
from facepipe.words import counted

MOST_SHEETS = 15  # of joined persons, and of split people
_MOST_ROWS, _MOST_TILES = 8, 3 * FACES  # of a sheet, of a row
_MOST_LETTERS = 17  # of a file's name
_MARK: Colour = (220, 38, 38)


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
        missed, boxes = self._matching.missed, usual_boxes(self._table, self._matching)
        places = [(one.source, one.frame) for one in missed]
        there = [k for k, place in enumerate(places) if place in self._frames and not np.isnan(boxes[k, 0])]
        if not there:
            return
        marked = [(self._frames[places[k]], boxes[k], self._matching.people[missed[k].person]) for k in there]
        line = "the boxes are those of the truth, made as tight as the run's"
        if hidden := len(missed) - len(there):
            line += f"; not shown: {hidden} without a box, or in frames in which nobody was found"
        title = f"{counted(len(missed), 'face of the truth was', 'faces of the truth were')} not found"
        yield _by_size("missed.jpg", marked, title, line)

    def extra(self) -> Iterator[Sheet]:
        """The found faces that the truth does not name."""
        rows = np.flatnonzero(self._matching.person == FALSE_POSITIVE).tolist()
        if rows:
            marked = [(self._items[k][0], self._table.box_ltrb[k], self._table.person[k] or UNKNOWN_NAME) for k in rows]
            title = f"{counted(len(rows), 'found face is', 'found faces are')} nobody of the truth"
            yield _by_size("extra.jpg", marked, title, "each with the run's person; a truth may leave people out")

    def _best(self, rows: np.ndarray) -> list[Item]:
        """The faces of some rows, the best first."""
        return [self._items[row] for row in rows[np.lexsort((rows, -self._table.quality[rows]))].tolist()]

    def _compare(self, parts: Sequence[tuple[str, list[Item]]], title: str, line: str) -> np.ndarray:
        rows = []
        for name, items in parts:
            shown = items[:_MOST_TILES]
            captions = [_moment(frame) for frame, _ in shown]
            rows.append(Row(name, _count(len(items)), list(tiles(shown, self._people)), captions))
        return page_of_rows(rows, title, line)


Marked = tuple[AnnotatedFrame, np.ndarray, str]  # a frame, a box in its source (4,), whose it is


def _by_size(name: str, marked: Sequence[Marked], title: str, line: str) -> Sheet:
    """A sheet with a row for each size of box, the largest first."""
    wide = width(np.array([box for _, box, _ in marked]))
    division = SIZE.division(wide, wide[:0])
    rows = []
    for number in reversed(range(len(SIZE.names))):
        here = np.flatnonzero(division.found == number)
        here = here[np.argsort(-wide[here], kind="stable")]
        if len(here):
            rows.append((SIZE.names[number], len(here), [marked[k] for k in here[:_MOST_TILES].tolist()]))
    faces = frozenset(face.face_id for _, _, shown in rows for frame, _, _ in shown for face in frame.faces)

    def draw() -> np.ndarray:
        return page_of_rows(
            [
                Row(
                    size,
                    _count(count),
                    [_in_context(frame, box) for frame, box, _ in shown],
                    [f"{who} · {_moment(frame)}" for frame, _, who in shown],
                )
                for size, count, shown in rows
            ],
            title,
            line,
        )

    return Sheet(name, faces, draw)


def _count(faces: int) -> str:
    shown = f", {_MOST_TILES} shown" if faces > _MOST_TILES else ""
    return counted(faces, "face") + shown


def _moment(frame: AnnotatedFrame) -> str:
    """Where a frame is, in a few letters: of a long file name the end, which tells it from its neighbours."""
    stem = Path(frame.source).stem
    stem = stem if len(stem) <= _MOST_LETTERS else f"…{stem[1 - _MOST_LETTERS :]}"
    return f"{clock(frame.time_s)} {stem}" if frame.time_s else stem


def _in_context(frame: AnnotatedFrame, box_ltrb: np.ndarray) -> np.ndarray:
    """A box and what is around it, RGB uint8 (TILE_WH)."""
    image = read_rgb(frame.image_path, frame.size_wh)
    left, top, right, bottom = in_stored(box_ltrb, frame)
    box: Box = left, top, max(right, left + 1), max(bottom, top + 1)
    part, _ = crop_padded(image, expand_box(box, 1.1, 1.2, 1.1, 1.2))  # so that the box is in the middle
    tile = fill_tile(part, TILE_WH)
    scale = max(TILE_WH[0] / part.shape[1], TILE_WH[1] / part.shape[0])
    corners = [
        tuple(round(side / 2 + end * scale * length / 2) for side, length in zip(TILE_WH, box_size(box), strict=True))
        for end in (-1, 1)
    ]
    return cv2.rectangle(tile, *corners, _MARK, 2)
