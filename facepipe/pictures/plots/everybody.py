"""The best faces of everybody, a row a person, those first who are seen most."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from facepipe.files.target import Target
from facepipe.pictures.montage import Item, describe, portraits, tiles
from facepipe.pictures.plots.subject import Subject
from facepipe.pictures.rows import FACES, Row, page_of_rows

PEOPLE = 20  # a page
PAGES = 10  # more are looked at by nobody


def write_everybody(target: Target, subject: Subject) -> tuple[str, ...]:
    """Write everybody.jpg, everybody_2.jpg ...: a row a person with name, counts and best faces."""
    most = subject.by_frequency()[: PEOPLE * PAGES]
    everybody = [
        (
            subject.people[person],
            describe([subject.faces[row] for row in subject.rows(person)]),
            [subject.faces[row] for row in subject.shown(person, FACES)],
        )
        for person in most
    ]
    for start in range(0, len(everybody), PEOPLE):
        number = start // PEOPLE + 1
        name = "everybody.jpg" if number == 1 else f"everybody_{number}.jpg"
        page = everybody[start : start + PEOPLE]
        of = [(person, line, [face.face_id for _, face in items]) for person, line, items in page]
        needs = portraits(item for _, _, items in page for item in items)
        target.jpeg(name, partial(_page, page, subject.people_dir), 90, of, needs=needs)
    return subject.left_out("everybody", len(most))


def _page(people: Sequence[tuple[str, str, list[Item]]], people_dir: Path) -> np.ndarray:
    return page_of_rows([Row(person, line, list(tiles(items, people_dir))) for person, line, items in people])
