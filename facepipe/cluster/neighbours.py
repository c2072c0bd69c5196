"""Where to look for the groups that are near one: among all, or, of very many, in the cells around it.

Comparing everybody with everybody grows with the square. Of MANY groups or more only those are compared that may be
near: the space is cut into cells round the means of a sample (spherical k-means), every group lies in the cell whose
centre is nearest, and a group is compared with all that lie in the PROBED cells nearest to it. That is an inverted file
(Sivic and Zisserman 2003) whose vectors are kept whole, so that the cosines are exact. Whom a group does not meet at
first it meets as part of a larger one.

Groups change from round to round, by the thousand; so does the cell of each, and nothing else has to be made anew.
Nothing is drawn at random: the same groups give the same cells.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from facepipe.cluster.groups import Groups
from facepipe.distances import row_blocks, tiles
from facepipe.lazy import sparse

MANY = 100_000  # groups from which on not everybody is compared with everybody
PER_CELL = 500  # groups on average
PROBED = 24  # cells
SAMPLED = 64  # groups a cell that cells are made from
FIRST = 128  # members of its own cell that a group is compared with before all others
_ROUNDS = 10  # of k-means

Tile = tuple[slice | np.ndarray, slice | np.ndarray]


class Neighbours:
    """n groups, and where to look for those that are near.

    direction: float32 (n, d), of length 1 or 0. agreement: float64 (n,); both as of `Groups`.
    """

    def __init__(self, groups: Groups) -> None:
        self.direction, self.agreement = groups.directions(), groups.agreement()
        self._cells = Cells(self.direction) if len(groups) >= MANY else None
        self._cell = self._cell_of(self.direction)

    def follow(self, kept: np.ndarray, changed: np.ndarray, groups: Groups) -> None:
        """After a round of joining: rows `kept` are left, of which the rows `changed` have become those of `groups`."""
        self.direction, self.agreement, self._cell = self.direction[kept], self.agreement[kept], self._cell[kept]
        new = groups.take(changed)
        self.direction[changed], self.agreement[changed] = new.directions(), new.agreement()
        self._cell[changed] = self._cell_of(self.direction[changed])

    def tiles(self, direction: np.ndarray, once: bool = False) -> Iterator[Tile]:
        """Which of the rows of `direction`, float32 (k, d), to compare with which groups, some at a time.

        once: the rows are the groups themselves, so that to compare each pair once is enough.
        """
        if self._cells is None:
            yield from tiles(len(direction), len(self.direction), above=once)
            return
        cells, probed = len(self._cells.centres), self._cells.probed(direction)
        members, ends = by_number(self._cell, cells)
        # the likely ones first: beside a few near ones most of the others need not be looked at closely
        for some, part in (
            (probed[:, :1], slice(FIRST)),
            (probed[:, :1], slice(FIRST, None)),
            (probed[:, 1:], slice(None)),
        ):
            places, starts = by_number(some.reshape(-1), cells)
            for cell in np.flatnonzero(np.diff(starts)).tolist():
                here = places[starts[cell] : starts[cell + 1]] // some.shape[1]
                there = members[ends[cell] : ends[cell + 1]][part]
                for rows, columns in tiles(len(here), len(there)):
                    yield here[rows], there[columns]

    def _cell_of(self, direction: np.ndarray) -> np.ndarray:
        """The cell of each: int (k,)."""
        return np.zeros(len(direction), np.int64) if self._cells is None else self._cells.of(direction)


class Cells:
    """The cells of a space in which directions lie, float32 (n, d) of length 1 or 0. centres: float32 (cells, d)."""

    def __init__(self, direction: np.ndarray) -> None:
        self.centres = _centres(direction)

    def of(self, direction: np.ndarray) -> np.ndarray:
        """The cell in which each lies: int (k,)."""
        return _nearest(direction, self.centres)

    def probed(self, direction: np.ndarray) -> np.ndarray:
        """The cells in which to look for what is near to each: int32 (k, PROBED), the nearest first."""
        out = np.zeros((len(direction), min(PROBED, len(self.centres))), np.int32)
        for block in row_blocks(len(direction), len(self.centres)):
            alike = direction[block] @ self.centres.T
            out[block] = np.argpartition(-alike, out.shape[1] - 1, axis=1)[:, : out.shape[1]]
            order = np.argsort(-np.take_along_axis(alike, out[block], 1), axis=1)
            out[block] = np.take_along_axis(out[block], order, 1)
        return out


def _centres(direction: np.ndarray) -> np.ndarray:
    """The centres of cells for so many directions: float32 (k, d) of length 1."""
    count = max(1, len(direction) // PER_CELL)
    sample = direction[:: max(1, len(direction) // (SAMPLED * count))]
    centres = sample[:: max(1, len(sample) // count)][:count].copy()
    for _ in range(_ROUNDS):
        cell = _nearest(sample, centres)
        ones = np.ones(len(cell), np.float32)
        total = sparse.csr_matrix((ones, (cell, np.arange(len(cell)))), shape=(len(centres), len(cell))) @ sample
        length = np.linalg.norm(total, axis=1)
        filled = length > 0
        centres[filled] = total[filled] / length[filled, None]
    return centres


def _nearest(direction: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """The place of the centre that is nearest to each direction, the first of equals: int (k,)."""
    out = np.zeros(len(direction), np.int64)
    for block in row_blocks(len(direction), len(centres)):
        out[block] = (direction[block] @ centres.T).argmax(1)
    return out


def by_number(number: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The places of 0, then those of 1, ..., rising: int (k,); and where those of each begin and end: (count + 1,)."""
    order = np.argsort(number.astype(np.min_scalar_type(count)), kind="stable")  # short numbers are sorted sooner
    return order, np.r_[0, np.cumsum(np.bincount(number, minlength=count))]
