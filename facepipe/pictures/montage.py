"""Contact sheets: all faces of one person (montage/)."""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from facepipe.annotated import AnnotatedFrames, Item
from facepipe.files.names import natural_key, person_folder
from facepipe.files.target import Target
from facepipe.geometry import Size
from facepipe.imaging.drawing import FAINT, blank, draw_text, fill_tile
from facepipe.imaging.fonts import drawable
from facepipe.pictures.crops import face_picture
from facepipe.runs.layout import PEOPLE, PORTRAIT, crop_name
from facepipe.table import FaceTable
from facepipe.timespans import clock
from facepipe.words import counted

TILE_WH: Size = (132, 144)  # the aspect of geometry.portrait_box
GAP = 4  # pixels of paper on the right of and below a tile
MARGIN = 20
COLUMNS, ROWS = 10, 12  # of a full sheet
TITLE_HEIGHT = 84


def write_montages(
    target: Target, frames: AnnotatedFrames, people_dir: Path, touched: Collection[str] | None = None
) -> None:
    """Write every face of a person, best first, on sheets (see `sheet_names`); `target` is the montage/ folder.

    touched: who may be shown otherwise than on the sheets that are there, where that is known.
    """
    names = sheet_names(frames.counts)
    if touched is not None:
        touched = {
            person
            for person, sheets in names.items()
            if person in touched or not target.stay(sheets, f"{PEOPLE}/{person_folder(person)}")
        }
    table = frames.table
    for person, rows in frames.best_first(touched).items():
        sheets, what = names[person], describe(table, rows)
        for number, name in enumerate(sheets):
            page = rows[number * COLUMNS * ROWS : (number + 1) * COLUMNS * ROWS]
            line = what + (f" · sheet {number + 1} of {len(sheets)}" if len(sheets) > 1 else "")
            title = person or "unknown"
            of = drawable(title), line, [table.face_id[row] for row in page]
            make = partial(_sheet, frames, page, people_dir, title, line)
            target.jpeg(name, make, 90, of, needs=portraits(table, page))


def portraits(table: FaceTable, rows: Iterable[int]) -> list[str]:
    """The files of which the pictures of faces are made, for a `Target`."""
    return [f"{PEOPLE}/{crop_name(table.person[row], table.face_id[row], PORTRAIT)}" for row in rows]


def sheet_names(faces: Mapping[str, int]) -> dict[str, list[str]]:
    """The files of everybody's sheets: <person>.jpg, <person>_2.jpg ... faces: how many each has, "" is nobody.

    Somebody else may be called "anna_2": she keeps that name, and Anna's second sheet is anna__2.jpg.
    """
    names = {person: [f"{person_folder(person)}.jpg"] for person in faces}
    taken = {first for (first,) in names.values()}
    several = [person for person in faces if faces[person] > COLUMNS * ROWS]
    for person in sorted(several, key=lambda person: (not person, natural_key(person))):
        sheets = names[person]
        for number in range(2, math.ceil(faces[person] / (COLUMNS * ROWS)) + 1):
            stem = person_folder(person)
            while (name := f"{stem}_{number}.jpg") in taken:
                stem += "_"
            taken.add(name)
            sheets.append(name)
    return names


def describe(table: FaceTable, rows: Sequence[int]) -> str:
    """How often and when a person is seen, in a few words."""
    sources = {table.source[row] for row in rows}
    text = counted(len(rows), "face")
    if len(sources) > 1:
        return f"{text} · in {len(sources)} files"
    times = {*table.time_s[rows].tolist()}
    if len(times) > 1:
        return f"{text} · {clock(min(times))} to {clock(max(times))}"
    return f"{text} · at {clock(min(times))}" if any(times) else text


def tiles(items: Iterable[Item], people_dir: Path) -> Iterator[np.ndarray]:
    """A portrait of each face, RGB uint8 (TILE_WH)."""
    for frame, face in items:
        yield fill_tile(face_picture(people_dir, frame, face, TILE_WH, PORTRAIT), TILE_WH)


def sheet(frames: AnnotatedFrames, rows: Sequence[int], people_dir: Path, person: str) -> np.ndarray:
    """The first sheet of somebody's faces (`rows`, best first): RGB uint8 (H, W, 3)."""
    return _sheet(frames, rows[: COLUMNS * ROWS], people_dir, person or "unknown", describe(frames.table, rows))


def _sheet(frames: AnnotatedFrames, rows: Sequence[int], people_dir: Path, title: str, line: str) -> np.ndarray:
    columns = min(COLUMNS, max(5, math.ceil(math.sqrt(len(rows)))))
    lines = math.ceil(len(rows) / columns)
    width, height = columns * (TILE_WH[0] + GAP) - GAP, lines * (TILE_WH[1] + GAP) - GAP
    page = blank((2 * MARGIN + width, TITLE_HEIGHT + height + MARGIN))
    for place, tile in enumerate(tiles(map(frames.face, rows), people_dir)):
        left = MARGIN + place % columns * (TILE_WH[0] + GAP)
        top = TITLE_HEIGHT + place // columns * (TILE_WH[1] + GAP)
        page[top : top + TILE_WH[1], left : left + TILE_WH[0]] = tile
    draw_text(page, (MARGIN, 16), title, 26, width=width, bold=True)
    draw_text(page, (MARGIN, 51), line, 16, width=width, colour=FAINT)
    return page
