"""The best faces of everybody, a row a person."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from facepipe.files.target import Target
from facepipe.imaging.drawing import FAINT, blank, draw_text
from facepipe.pictures.montage import GAP, MARGIN, TILE_WH, Item, describe, tiles
from facepipe.pictures.plots.subject import Subject

FACES, PEOPLE = 8, 20  # a row, a page
_LABEL_WIDTH = 280


def write_everybody(target: Target, subject: Subject) -> tuple[str, ...]:
    """Write everybody.jpg, everybody_2.jpg ...: a row a person with name, counts and best faces."""
    everybody = [
        (
            name,
            describe([subject.faces[row] for row in subject.rows(person)]),
            [subject.faces[row] for row in subject.shown(person, FACES)],
        )
        for person, name in enumerate(subject.people)
    ]
    for start in range(0, len(everybody), PEOPLE):
        number = start // PEOPLE + 1
        name = "everybody.jpg" if number == 1 else f"everybody_{number}.jpg"
        target.jpeg(name, partial(_rows, everybody[start : start + PEOPLE], subject.people_dir), quality=90)
    return ()


def _rows(people: Sequence[tuple[str, str, list[Item]]], people_dir: Path) -> np.ndarray:
    step_x, step_y = TILE_WH[0] + GAP, TILE_WH[1] + 2 * GAP
    most = max(len(items) for _, _, items in people)
    page = blank((2 * MARGIN + _LABEL_WIDTH + most * step_x - GAP, 2 * MARGIN + len(people) * step_y - 2 * GAP))
    for row, (person, line, items) in enumerate(people):
        top = MARGIN + row * step_y
        for column, tile in enumerate(tiles(items, people_dir)):
            left = MARGIN + _LABEL_WIDTH + column * step_x
            page[top : top + TILE_WH[1], left : left + TILE_WH[0]] = tile[:-GAP, :-GAP]
        draw_text(page, (MARGIN, top + 46), person, 22, width=_LABEL_WIDTH - MARGIN, bold=True)
        draw_text(page, (MARGIN, top + 78), line, 14, width=_LABEL_WIDTH - MARGIN, colour=FAINT)
    return page
