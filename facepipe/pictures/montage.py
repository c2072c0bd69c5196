"""Contact sheets: all faces of one person (montage/) and the best faces of everybody (plots/everybody.jpg)."""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from imutils import build_montages

from facepipe.annotated import AnnotatedFace, AnnotatedFrame, faces_of
from facepipe.files.names import person_folder
from facepipe.files.target import Target
from facepipe.geometry import Size
from facepipe.imaging.drawing import FAINT, blank, draw_text, fill_tile
from facepipe.pictures.crops import Progress, portrait
from facepipe.timespans import clock

TILE_WH: Size = (132, 144)  # the aspect of geometry.portrait_box
GAP = 4  # pixels of paper on the right of and below a tile
MARGIN = 20
COLUMNS, ROWS = 10, 12  # of a full sheet
TITLE_HEIGHT = 84
EVERYBODY_FACES, EVERYBODY_PEOPLE = 8, 20  # a row, a page
_LABEL_WIDTH = 280

Item = tuple[AnnotatedFrame, AnnotatedFace]


def write_montages(
    target: Target, frames: Sequence[AnnotatedFrame], people_dir: Path, progress: Progress | None = None
) -> None:
    """Write every face of a person, best first, on sheets (see `sheet_names`); `target` is the montage/ folder."""
    everybody = faces_of(frames)
    names = sheet_names(everybody)
    for done, (person, items) in enumerate(everybody.items(), 1):
        count = len(names[person])
        for number, name in enumerate(names[person]):
            page = items[number * COLUMNS * ROWS : (number + 1) * COLUMNS * ROWS]
            line = describe(items) + (f" · sheet {number + 1} of {count}" if count > 1 else "")
            target.jpeg(name, partial(_sheet, page, people_dir, person or "unknown", line), quality=90)
        if progress:
            progress(done, len(everybody))


def sheet_names(everybody: Mapping[str, Sequence[Item]]) -> dict[str, list[str]]:
    """The files of every person's sheets: <person>.jpg, <person>_2.jpg ...

    Somebody else may be called "anna_2": she keeps that name, and Anna's second sheet is anna__2.jpg.
    """
    names = {person: [f"{person_folder(person)}.jpg"] for person in everybody}
    taken = {first for (first,) in names.values()}
    for person, items in everybody.items():
        for number in range(2, math.ceil(len(items) / (COLUMNS * ROWS)) + 1):
            stem = person_folder(person)
            while (name := f"{stem}_{number}.jpg") in taken:
                stem += "_"
            taken.add(name)
            names[person].append(name)
    return names


def write_everybody(target: Target, frames: Sequence[AnnotatedFrame], people_dir: Path) -> None:
    """Write everybody.jpg, everybody_2.jpg ...: a row a person with name, counts and best faces."""
    everybody = [(person, items) for person, items in faces_of(frames).items() if person]
    for start in range(0, len(everybody), EVERYBODY_PEOPLE):
        page = everybody[start : start + EVERYBODY_PEOPLE]
        number = start // EVERYBODY_PEOPLE + 1
        name = "everybody.jpg" if number == 1 else f"everybody_{number}.jpg"
        target.jpeg(name, partial(_rows, page, people_dir), quality=90)


def describe(items: Sequence[Item]) -> str:
    """How often and when a person is seen, in a few words."""
    frames = sorted({(frame.source, frame.time_s) for frame, _ in items})
    sources = {source for source, _ in frames}
    text = f"{len(items)} face{'s' if len(items) != 1 else ''}"
    if len(sources) > 1:
        return f"{text} · in {len(sources)} files"
    if len(frames) > 1:
        return f"{text} · {clock(frames[0][1])} to {clock(frames[-1][1])}"
    return f"{text} · at {clock(frames[0][1])}" if frames[0][1] else text


def _tiles(items: Sequence[Item], people_dir: Path) -> Iterator[np.ndarray]:
    for frame, face in items:
        tile = blank((TILE_WH[0] + GAP, TILE_WH[1] + GAP))
        tile[: TILE_WH[1], : TILE_WH[0]] = fill_tile(portrait(people_dir, frame, face, TILE_WH), TILE_WH)
        yield tile


def _sheet(items: Sequence[Item], people_dir: Path, title: str, line: str) -> np.ndarray:
    tiles = list(_tiles(items, people_dir))
    columns = min(COLUMNS, max(5, math.ceil(math.sqrt(len(tiles)))))
    rows = math.ceil(len(tiles) / columns)
    # Blank tiles at the end, because imutils leaves the rest of a sheet black.
    tiles += [blank((TILE_WH[0] + GAP, TILE_WH[1] + GAP))] * (columns * rows - len(tiles))
    (grid,) = build_montages(tiles, (TILE_WH[0] + GAP, TILE_WH[1] + GAP), (columns, rows))
    height, width = grid.shape[:2]
    page = blank((width - GAP + 2 * MARGIN, TITLE_HEIGHT + height - GAP + MARGIN))
    page[TITLE_HEIGHT : TITLE_HEIGHT + height - GAP, MARGIN:-MARGIN] = grid[:-GAP, :-GAP]
    draw_text(page, (MARGIN, 16), title, 26, width=width - GAP, bold=True)
    draw_text(page, (MARGIN, 51), line, 16, width=width - GAP, colour=FAINT)
    return page


def _rows(people: Sequence[tuple[str, list[Item]]], people_dir: Path) -> np.ndarray:
    step_x, step_y = TILE_WH[0] + GAP, TILE_WH[1] + 2 * GAP
    most = min(EVERYBODY_FACES, max(len(items) for _, items in people))
    page = blank((2 * MARGIN + _LABEL_WIDTH + most * step_x - GAP, 2 * MARGIN + len(people) * step_y - 2 * GAP))
    for row, (person, items) in enumerate(people):
        top = MARGIN + row * step_y
        for column, tile in enumerate(_tiles(items[:most], people_dir)):
            left = MARGIN + _LABEL_WIDTH + column * step_x
            page[top : top + TILE_WH[1], left : left + TILE_WH[0]] = tile[:-GAP, :-GAP]
        draw_text(page, (MARGIN, top + 46), person, 22, width=_LABEL_WIDTH - MARGIN, bold=True)
        draw_text(page, (MARGIN, top + 78), describe(items), 14, width=_LABEL_WIDTH - MARGIN, colour=FAINT)
    return page
