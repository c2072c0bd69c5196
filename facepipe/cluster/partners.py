"""Who may be joined to whom, the most alike first: what is kept of all comparisons between rounds of joining."""

import numpy as np

from facepipe.cluster.pairs import Pairs

KEPT = 8  # partners that are kept a group; a group is compared with everybody again when all of them are gone


class Partners:
    """For each of n groups the most alike of those that it may be joined to.

    partner: int (n, KEPT), -1 where there is none. likeness, nats: float (n, KEPT), the most alike first. unseen: float
    (n,), the likeness that no partner beyond these exceeds; -inf where there never were more than these.
    """

    def __init__(self, n: int) -> None:
        self.partner = np.full((n, KEPT), -1)
        self.likeness, self.nats = np.full((2, n, KEPT), -np.inf)
        self.unseen = np.full(n, -np.inf)

    def see(self, pairs: Pairs) -> None:
        """Take note of pairs, for both of either."""
        group, partner = np.r_[pairs.right, pairs.left], np.r_[pairs.left, pairs.right]
        likeness, nats = np.tile(pairs.likeness, 2), np.tile(pairs.nats, 2)
        new = likeness > self.unseen[group]
        rows = np.unique(group[new])
        old = np.nonzero(self.partner[rows] >= 0)
        self._keep(
            np.r_[rows[old[0]], group[new]],
            np.r_[self.partner[rows][old], partner[new]],
            np.r_[self.likeness[rows][old], likeness[new]],
            np.r_[self.nats[rows][old], nats[new]],
        )

    def _keep(self, group: np.ndarray, partner: np.ndarray, likeness: np.ndarray, nats: np.ndarray) -> None:
        """Make these the partners of the groups that are named, in place of those that they had."""
        if not len(group):
            return
        order = np.argsort(group - likeness / 4, kind="stable")  # by group, then the most alike first
        group, partner, likeness, nats = group[order], partner[order], likeness[order], nats[order]
        again = np.r_[False, (group[1:] == group[:-1]) & (partner[1:] == partner[:-1])]  # the same pair by two ways
        group, partner, likeness, nats = (column[~again] for column in (group, partner, likeness, nats))
        start = np.flatnonzero(np.r_[True, np.diff(group) != 0])
        rank = np.arange(len(group)) - np.repeat(start, np.diff(np.r_[start, len(group)]))
        rows = group[start]
        self.partner[rows], self.likeness[rows], self.nats[rows] = -1, -np.inf, -np.inf
        fits = rank < KEPT
        place = (group[fits], rank[fits])
        self.partner[place], self.likeness[place], self.nats[place] = partner[fits], likeness[fits], nats[fits]
        self.unseen[rows] = np.maximum(self.unseen[rows], self.likeness[rows, -1])

    def mutual(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Pairs (a < b) that are each other's most alike, and their nats; else the most alike one, if there is any."""
        best = self.partner[:, 0]
        able = np.flatnonzero(best >= 0)
        a = able[(best[best[able]] == able) & (able < best[able])]
        if len(a) or not len(able):
            return a, best[a], self.nats[a, 0]
        top = able[[np.argmax(self.likeness[able, 0])]]
        return np.minimum(top, best[top]), np.maximum(top, best[top]), self.nats[top, 0]

    def follow(self, kept: np.ndarray, owner: np.ndarray, changed: np.ndarray) -> np.ndarray:
        """After a round: rows `kept` remain, old row i is part of new row owner[i]; `changed` old rows were joined.

        Returns the new rows that are to be compared with everybody: what changed, and who has lost all partners that
        were kept while there are others.
        """
        touched = np.zeros(len(owner), bool)
        touched[changed] = True
        self.partner, self.likeness = self.partner[kept], self.likeness[kept]
        self.nats, self.unseen = self.nats[kept], self.unseen[kept]
        gone = (self.partner < 0) | touched[self.partner]
        self.partner = np.where(gone, -1, owner[self.partner])
        self.likeness[gone] = self.nats[gone] = -np.inf
        moved = np.flatnonzero(gone[:, 0] & ~gone.all(1))
        order = np.argsort(gone[moved], axis=1, kind="stable")
        for column in (self.partner, self.likeness, self.nats):
            column[moved] = np.take_along_axis(column[moved], order, 1)
        stale = touched[kept] | (gone.all(1) & (self.unseen > -np.inf))
        self.partner[stale], self.likeness[stale], self.nats[stale] = -1, -np.inf, -np.inf
        self.unseen[stale] = -np.inf
        return np.flatnonzero(stale)
