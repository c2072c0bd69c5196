"""Whom a unit, or a person, resembles most: looked for among all people or, of very many, in the cells round it."""

import numpy as np

from facepipe.cluster.neighbours import Cells, by_number

NEAREST = 8  # people who are compared closely with each unit or person
MANY = 20_000  # people from which on not everybody is looked at: they and what is doubtful grow with the square
_ALIKE = 1 << 22  # cosines that are looked at together


class Nearest:
    """p people to look among. directions: float32 (p, d), of length 1 or 0."""

    def __init__(self, directions: np.ndarray) -> None:
        self._cells = Cells(directions) if len(directions) >= MANY else None
        self._cell = np.zeros(len(directions), np.int64) if self._cells is None else self._cells.of(directions)
        order, ends = by_number(self._cell, int(self._cell.max(initial=0)) + 1)
        self._members = np.split(order, ends[1:-1])
        self._people = [directions[members].T for members in self._members]
        self._place = np.empty_like(order)  # of each in its cell
        self._place[order] = np.arange(len(order)) - ends[self._cell[order]]

    def most_alike(self, directions: np.ndarray, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The people who are most like each of k directions, float32 (k, d), at most NEAREST, and the cosines, -inf
        where there are no more: (k, few) each. own: a person each who does not count, or -1."""
        if self._cells is None:
            return _most_alike(directions, self._people[0], own)
        probed = self._cells.probed(directions)
        shape = (*probed.shape, NEAREST)
        label, cosine = np.zeros(shape, np.int64), np.full(shape, -np.inf, np.float32)
        places, starts = by_number(probed.reshape(-1), len(self._members))
        of_own = np.where(own >= 0, self._cell[own], -1)
        for cell in np.flatnonzero(np.diff(starts)).tolist():
            row, nth = np.divmod(places[starts[cell] : starts[cell + 1]], probed.shape[1])
            here = np.where(of_own[row] == cell, self._place[own[row]], -1)
            found, alike = _most_alike(directions[row], self._people[cell], here)
            label[row, nth, : found.shape[1]] = self._members[cell][found]
            cosine[row, nth, : found.shape[1]] = alike
        label, cosine = (found.reshape(len(own), probed.shape[1] * NEAREST) for found in (label, cosine))
        best = np.argpartition(-cosine, NEAREST - 1, axis=1)[:, :NEAREST]
        best = np.take_along_axis(best, np.argsort(-np.take_along_axis(cosine, best, 1), axis=1), 1)
        return np.take_along_axis(label, best, 1), np.take_along_axis(cosine, best, 1)


def _most_alike(directions: np.ndarray, others: np.ndarray, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The columns of `others`, (d, p), that are most like each row of `directions`, (k, d), at most NEAREST, and the
    cosines, -inf where there are no more: (k, few) each. own: a column a row that does not count, or -1."""
    few = min(NEAREST, others.shape[1])
    label, cosine = np.zeros((len(own), few), np.int64), np.zeros((len(own), few), np.float32)
    step = max(1, _ALIKE // max(1, others.shape[1]))
    for start in range(0, len(own), step):
        block = slice(start, start + step)
        alike = directions[block] @ others
        known = np.flatnonzero(own[block] >= 0)
        alike[known, own[block][known]] = -np.inf
        rows = np.arange(len(alike))
        for place in range(few):  # faster than to sort, or to part, what is mostly not looked at
            best = alike.argmax(1)
            label[block, place], cosine[block, place] = best, alike[rows, best]
            alike[rows, best] = -np.inf
    return label, cosine
