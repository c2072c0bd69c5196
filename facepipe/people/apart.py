"""Two people who were said to be different: no name for faces of both, whatever the clusterer found."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from facepipe.distances import squared
from facepipe.table import FaceTable

Sides = tuple[frozenset[str], frozenset[str]]


def taken_apart(table: FaceTable, different: Sequence[Sides]) -> list[int]:
    """The clusters of a table in which no two sides of a pair of `different` are together.

    A cluster that holds both becomes two: the other faces, a track at a time, go with the side that is nearer.
    """
    labels = table.cluster.astype(np.int64)
    for one, other in _rows(table, different):
        for label in np.intersect1d(labels[one], labels[other]):
            here = np.flatnonzero(labels == label) if label >= 0 else []
            if len(here):
                first, second = (rows[labels[rows] == label] for rows in (one, other))
                labels[_nearer_to_second(table, here, first, second)] = labels.max() + 1
    return labels.tolist()


def kept_apart(
    table: FaceTable, names: Sequence[str], confirmed: Sequence[str], different: Sequence[Sides]
) -> list[str]:
    """`names` of the rows, of which that side becomes unknown that shares the name of the other with less right."""
    names = list(names)
    for sides in _rows(table, different):
        have = [{names[row] for row in side} - {""} for side in sides]
        for name in sorted(have[0] & have[1]):
            rows = [[row for row in side if names[row] == name] for side in sides]
            right = [(sum(bool(confirmed[row]) for row in side), len(side)) for side in rows]
            for row in rows[1] if right[0] >= right[1] else rows[0]:
                names[row] = confirmed[row]
    return names


def _rows(table: FaceTable, different: Sequence[Sides]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The rows of both sides of each pair that the table has faces of."""
    row_of = {face: row for row, face in enumerate(table.face_id)} if different else {}
    for pair in different:
        one, other = (_known(side, row_of) for side in pair)
        if len(one) and len(other):
            yield one, other


def _known(faces: frozenset[str], row_of: Mapping[str, int]) -> np.ndarray:
    return np.array(sorted(row_of[face] for face in faces if face in row_of), np.int64)


def _nearer_to_second(table: FaceTable, here: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The rows of `here` that go with the rows `second` and not with `first`, which stay where they are."""
    unit = np.where(table.track[here] >= 0, table.track[here], -1 - here)
    _, unit = np.unique(unit, return_inverse=True)
    counts = np.bincount(unit.reshape(-1))
    mean = np.zeros((len(counts), table.embedding.shape[1]))
    np.add.at(mean, unit.reshape(-1), table.embedding[here])
    sides = np.stack([table.embedding[rows].mean(0) for rows in (first, second)])
    apart = squared(mean / counts[:, None], sides)[unit.reshape(-1)]
    goes = apart[:, 1] < apart[:, 0]
    goes[np.isin(here, first)], goes[np.isin(here, second)] = False, True
    return here[goes]
