"""Near-duplicates: pictures of one person from the same moment, or one picture twice. They teach nothing new, and one
in train betrays its twin in val.

Two faces are near-duplicates when they are one person's, their embeddings are nearer than the space's `near_duplicate`,
and their boxes, as shares of their pictures, overlap by `NEAR_OVERLAP`. For dlib's encoder, in real clips at five
frames a second, the same person's faces are .12 to .48 apart inside a shot (middle nine tenths) and above .37 across
shots; a re-encoded or resized copy moves an embedding by less than .2.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from facepipe.distances import squared
from facepipe.geometry import iou
from facepipe.table import FaceTable

NEAR_OVERLAP = 0.6  # intersection over union
_BLOCK, _LEAST = 1 << 20, 64  # pairs, and faces at least, that are compared at once: bounds the memory
_FEW = 256  # faces up to which all are compared
_SELDOM = 32  # faces up to which people are compared together with others
_MARGIN = 1.001  # for rounding
_WIDER = _MARGIN / NEAR_OVERLAP  # how much wider than the other one of two boxes can be that overlap so much
_APART = _MARGIN * (1 - NEAR_OVERLAP) / (1 + NEAR_OVERLAP) / 2  # and how far their middles can be, in both widths
_NARROWEST = 1e-9  # a width that has a logarithm


@dataclass(frozen=True, slots=True)
class Leak:
    """What train tells about the held-out faces (val and test).

    faces: how many are held out. near: how many of them have a near-duplicate in train. near_random: the share that
    would have one, had as many faces been drawn at random (expected value, 0..1).
    """

    faces: int
    near: int
    near_random: float


def near_pairs(
    table: FaceTable, rows: np.ndarray, groups: np.ndarray | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The near-duplicates among `rows`, which are one person's.

    In blocks: two int64 (k,) of places in `rows`, pair by pair; every pair comes both ways round. groups: a number for
    each of `rows`; pairs of one group are left out.
    """
    if groups is not None and (groups == groups[0]).all():
        return  # as of most people, who are seen once
    boxes = _shares(table, rows)
    all_of_them = slice(0, len(rows))
    order, windows = _windows(boxes) if len(rows) > _FEW else (np.arange(len(rows)), [(all_of_them, all_of_them)])
    embeddings, boxes = table.embedding[rows[order]], boxes[order]
    groups = groups if groups is None else groups[order]
    for part, others in windows:
        close = squared(embeddings[part], embeddings[others]) < table.space.near_duplicate**2
        if groups is not None:
            close &= groups[part, None] != groups[others]
        one, other = np.nonzero(close)
        one, other = one + part.start, other + others.start
        near = (one < other) & (iou(boxes[one], boxes[other]) >= NEAR_OVERLAP)
        one, other = order[one[near]], order[other[near]]
        yield np.concatenate([one, other]), np.concatenate([other, one])


def everybodys_near_pairs(
    table: FaceTable, groups: np.ndarray | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The near-duplicates of everybody who is known: two int64 (k,) of rows, else as `near_pairs` gives them.

    groups: a number for each row of the table.
    """
    seldom = []
    for person, rows in table.rows_by_person().items():
        if person and 1 < len(rows) <= _SELDOM:
            seldom.append(rows)
        elif person and len(rows) > 1:
            for one, other in near_pairs(table, rows, None if groups is None else groups[rows]):
                yield rows[one], rows[other]
    if seldom:
        yield from _of_many(table, seldom, groups)


def _of_many(
    table: FaceTable, people: Sequence[np.ndarray], groups: np.ndarray | None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """`everybodys_near_pairs` of people who are seen seldom, many at once: people are compared much sooner than NumPy
    is called. people: the rows of each."""
    rows, sizes = np.concatenate(people), np.array([len(own) for own in people])
    boxes = _shares(table, rows)
    behind = (np.cumsum(sizes) - 1).repeat(sizes) - np.arange(len(rows))  # how many of the same person follow
    step = _BLOCK // _SELDOM
    for start in range(0, len(rows), step):
        count = behind[start : start + step]
        one = np.arange(start, start + len(count)).repeat(count)
        other = one + 1 + np.arange(len(one)) - (np.cumsum(count) - count).repeat(count)
        near = iou(boxes[one], boxes[other]) >= NEAR_OVERLAP
        if groups is not None:
            near &= groups[rows[one]] != groups[rows[other]]
        one, other = rows[one[near]], rows[other[near]]
        for at in range(0, len(one), step):
            pairs = slice(at, at + step)
            apart = table.embedding[one[pairs]] - table.embedding[other[pairs]]
            close = np.einsum("ij,ij->i", apart, apart) < table.space.near_duplicate**2
            ends = one[pairs][close], other[pairs][close]
            yield np.concatenate(ends), np.concatenate(ends[::-1])


def _windows(boxes: np.ndarray) -> tuple[np.ndarray, list[tuple[slice, slice]]]:
    """An order of boxes, int64 (n,); and places in it, each with places among which are all behind them whose boxes
    overlap theirs by `NEAR_OVERLAP`.

    The order is that of their level, how wide they are, and in each of their middle, across. What overlaps so much is
    of one level or of neighbouring ones, and the middles are near: intervals that overlap by t have them
    (1 - t) / (1 + t) / 2 of both lengths together apart at most.
    """
    middle, widths = boxes[:, [0, 2]].mean(1), np.maximum(boxes[:, 2] - boxes[:, 0], _NARROWEST)
    level = np.floor(np.log(widths) / np.log(_WIDER))
    order = np.lexsort((middle, level))
    middle, level, windows = middle[order], level[order], []
    levels = {one: slice(*np.searchsorted(level, (one, one + 1)).tolist()) for one in np.unique(level).tolist()}
    step = max(_LEAST, _BLOCK // len(middle))
    for one, own in levels.items():
        reach = _APART * (_WIDER ** (one + 1) + _WIDER ** (one + 2))
        for start in range(own.start, own.stop, step):
            part = slice(start, min(start + step, own.stop))
            ends = middle[part.start] - reach, middle[part.stop - 1] + reach
            for others in (slice(start, own.stop), levels.get(one + 1, slice(0, 0))):
                first, last = others.start + np.searchsorted(middle[others], ends)
                windows.append((part, slice(int(first), int(last))))
    return order, windows


def without_duplicates(table: FaceTable, rows: np.ndarray) -> np.ndarray:
    """The rows, best quality first, that are no near-duplicates of a better one; `rows` are one person's."""
    rows = rows[np.lexsort((rows, -table.quality[rows]))]
    embeddings, boxes = table.embedding[rows], _shares(table, rows)
    squares = (embeddings**2).sum(1)
    kept = np.zeros(len(rows), np.int64)
    kept_embeddings, kept_squares = np.zeros_like(embeddings), np.zeros_like(squares)
    count = 0
    for row in range(len(rows)):
        distance = kept_squares[:count] + squares[row] - 2 * (kept_embeddings[:count] @ embeddings[row])
        close = kept[:count][distance < table.space.near_duplicate**2]
        if not (iou(boxes[close], boxes[row]) >= NEAR_OVERLAP).any():
            kept[count], kept_embeddings[count], kept_squares[count] = row, embeddings[row], squares[row]
            count += 1
    return rows[kept[:count]]


def measure_leak(table: FaceTable, splits: Sequence[str]) -> Leak:
    """How many faces of known people are in val or test and have a near-duplicate in train.

    splits: "train", "val" or "test" for each face of the table.
    """
    in_train = np.array([split == "train" for split in splits], bool)
    known = np.array([bool(person) for person in table.person], bool)
    held_out = known & ~in_train
    if not held_out.any():
        return Leak(0, 0, 0.0)
    twins, twins_in_train = np.zeros(len(table), np.int64), np.zeros(len(table), np.int64)
    for one, other in everybodys_near_pairs(table):
        np.add.at(twins, one, 1)
        np.add.at(twins_in_train, one, in_train[other])
    share = in_train[known].mean()
    random = 1 - (1 - share) ** twins[known]  # at least one of a face's twins is drawn for train
    return Leak(int(held_out.sum()), int((twins_in_train[held_out] > 0).sum()), float(random.mean()))


def _shares(table: FaceTable, rows: np.ndarray) -> np.ndarray:
    """Boxes as shares of their pictures, float64 (n, 4)."""
    return table.box_ltrb[rows] / np.tile(table.image_wh[rows], 2)
