"""The best faces of everybody, a row a person, those first who are seen most."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from facepipe.files.target import Target
from facepipe.imaging.fonts import drawable
from facepipe.pictures.montage import describe, portraits, tiles
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
            describe(subject.table, subject.rows(person).tolist()),
            subject.shown(person, FACES).tolist(),
        )
        for person in most
    ]
    for start in range(0, len(everybody), PEOPLE):
        number = start // PEOPLE + 1
        name = "everybody.jpg" if number == 1 else f"everybody_{number}.jpg"
        page = everybody[start : start + PEOPLE]
        of = [(drawable(person), line, [subject.table.face_id[row] for row in rows]) for person, line, rows in page]
        needs = portraits(subject.table, (row for *_, rows in page for row in rows))
        target.jpeg(name, partial(_page, subject, page), 90, of, needs=needs)
    return subject.left_out("everybody", len(most))


def _page(subject: Subject, people: Sequence[tuple[str, str, list[int]]]) -> np.ndarray:
    face = subject.frames.face
    shown = [(person, line, tiles(map(face, rows), subject.people_dir)) for person, line, rows in people]
    return page_of_rows([Row(person, line, list(pictures)) for person, line, pictures in shown])
