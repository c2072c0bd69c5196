"""The cluster plot: a row a person, those first who are seen most; typical faces on the left, doubtful ones right."""

from functools import partial

import numpy as np

from facepipe.files.target import Target
from facepipe.geometry import Size
from facepipe.imaging.codec import encode_png
from facepipe.imaging.drawing import FAINT, Colour, blank, draw_text
from facepipe.imaging.fonts import drawable
from facepipe.pictures.montage import portraits
from facepipe.pictures.plots.subject import Subject
from facepipe.words import counted

THUMB_WH: Size = (64, 70)
FACES = 20  # a row
PEOPLE = 20  # a page
PAGES = 10
_GAP, _BAR, _MARGIN, _TITLE, _LABEL = 4, 5, 24, 84, 210
# Colours of the bar under a face that is usual, worth a look, and probably somebody else's (see EmbeddingSpace).
_COLOURS: tuple[Colour, ...] = ((94, 159, 130), (226, 180, 74), (200, 70, 60))

_NOBODY: Colour = (214, 211, 209)


def write_clusters(target: Target, subject: Subject) -> tuple[str, ...]:
    """Write clusters.png, clusters_2.png ..."""
    most = subject.by_frequency()[: PEOPLE * PAGES]
    rows = [*most, *([-1] if (subject.of == -1).any() else [])]
    for start in range(0, len(rows), PEOPLE):
        name = "clusters.png" if start == 0 else f"clusters_{start // PEOPLE + 1}.png"
        page = rows[start : start + PEOPLE]
        faces = [subject.rows(one).tolist() for one in page]
        ids = subject.table.face_id
        of = [(drawable(subject.name(one)), [ids[row] for row in rows]) for one, rows in zip(page, faces, strict=True)]
        needs = portraits(subject.table, (row for rows in faces for row in rows))
        target.data(name, partial(_page, subject, page), of, needs=needs)
    return subject.left_out("clusters", len(most))


def distances_to_mean(embeddings: np.ndarray) -> np.ndarray:
    """Euclidean distance of each row of (n, d) to the mean of all of them."""
    return np.linalg.norm(embeddings - embeddings.mean(axis=0, dtype=np.float64), axis=1)


def evenly(count: int, limit: int) -> np.ndarray:
    """Up to `limit` of the indices 0..count-1, evenly spread, with the first and the last."""
    return np.unique(np.linspace(0, count - 1, min(count, limit)).round().astype(int))


def _page(subject: Subject, people: list[int]) -> bytes:
    step_x, step_y = THUMB_WH[0] + _GAP, THUMB_WH[1] + _BAR + 2 * _GAP
    columns = min(FACES, max(8, *((subject.of == person).sum() for person in people)))
    width = 2 * _MARGIN + _LABEL + int(columns) * step_x - _GAP
    page = blank((width, _TITLE + len(people) * step_y + _MARGIN))
    draw_text(page, (_MARGIN, 18), "Who is who", 22, width=width, bold=True)
    line = "a row a person: typical faces left, the least typical right; the bar tells the distance from the mean"
    draw_text(page, (_MARGIN, 49), line, 13, width=width - 2 * _MARGIN, colour=FAINT)
    for index, person in enumerate(people):
        top = _TITLE + index * step_y
        rows = subject.rows(person)
        distances = np.full(len(rows), np.nan)
        if person >= 0:
            distances = distances_to_mean(subject.table.embedding[rows])
            order = np.argsort(distances, kind="stable")
            rows, distances = rows[order], distances[order]
        for column, chosen in enumerate(evenly(len(rows), FACES)):
            left = _MARGIN + _LABEL + column * step_x
            page[top : top + THUMB_WH[1], left : left + THUMB_WH[0]] = subject.thumbnail(int(rows[chosen]), THUMB_WH)
            colour = _bar_colour(distances[chosen], subject.table.space.doubtful) if person >= 0 else _NOBODY
            page[top + THUMB_WH[1] + 1 :, left : left + THUMB_WH[0]][:_BAR] = colour
        name = subject.name(person)
        draw_text(page, (_MARGIN, top + 14), name, 15, width=_LABEL - 16, bold=True)
        count = counted(len(rows), "face")
        shown = count if len(rows) <= FACES else f"{FACES} of {count}"
        draw_text(page, (_MARGIN, top + 37), shown, 12, width=_LABEL - 16, colour=FAINT)
    return encode_png(page)


def _bar_colour(distance: float, places: tuple[float, float, float]) -> Colour:
    red, green, blue = (round(float(np.interp(distance, places, channel))) for channel in zip(*_COLOURS, strict=True))
    return red, green, blue
