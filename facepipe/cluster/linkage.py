"""Joining groups by evidence, thousands of them, with cannot-link constraints, without a distance matrix.

A group is summed up by the mean of its units' vectors, weighted by 1 / noise, and by the noise left in that mean. The
evidence for joining two groups is that of the two means (likeness.py) less the odds against it that hold before anybody
is looked at (priors.py). Evidence says whether two groups may be joined; which of them are joined first is said by the
mean cosine of their pictures, average linkage, which does not favour large groups. All pairs that are each other's most
alike are joined at once, in rounds, until no evidence is positive.

Average linkage is reducible (a union is never more alike to a third group than the more alike part was: Müllner 2011,
arXiv:1109.2378), so that rounds give what joining one pair at a time would, as long as the same pairs may be joined. It
is the evidence that changes: a union is known better than its parts, and may be joined where they might not, which is
what is wanted. So a group for which nothing speaks stays in the game: whoever changes is compared with everybody, or
with those near it where there are very many (neighbours.py); missing pairs matter little, because likeness is not
summed up over pairs but read off means. The result is the same for any order of the units (ties go to the lower index).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from facepipe.callbacks import Progress, no_progress
from facepipe.cluster import constraints
from facepipe.cluster.groups import Groups
from facepipe.cluster.neighbours import Neighbours
from facepipe.cluster.pairs import pairs_for
from facepipe.cluster.partners import Partners
from facepipe.cluster.priors import Priors
from facepipe.lazy import sparse


@dataclass(frozen=True, eq=False)
class Merged:
    """labels: int (n,), 0.. in order of the first unit. groups: what each label holds. evidence: float (n,), with how
    much of it a unit stopped being alone, in nats; nan where it still is."""

    labels: np.ndarray
    groups: Groups
    evidence: np.ndarray


def join_by_evidence(
    units: Groups, cannot: sparse.csr_matrix, priors: Priors, progress: Progress = no_progress
) -> Merged:
    """Join `units` until nothing speaks for joining any two groups that may join.

    cannot: bool (n, n), symmetric: units that never share a group. Takes about 3 KB a unit.
    """
    n = len(units)
    groups, label, joined = units, np.arange(n), np.full(n, np.nan)
    near, partners, stale = Neighbours(units), Partners(n), np.arange(n)
    while True:
        for pairs in pairs_for(groups, groups, stale, near, priors, cannot, partners.unseen):
            partners.see(pairs)
        a, b, found = partners.mutual()
        if not len(a):
            break
        nats = np.full(len(groups), np.nan)
        nats[a] = nats[b] = found
        joined = np.where(np.isnan(joined), nats[label], joined)
        alive, owner = np.ones(len(groups), bool), np.arange(len(groups))
        alive[b], owner[b] = False, a
        kept, owner = np.flatnonzero(alive), (np.cumsum(alive) - 1)[owner]
        stale = partners.follow(kept, owner, np.r_[a, b])
        cannot = constraints.merge(cannot, owner, len(kept)) if cannot.nnz else constraints.none(len(kept))
        groups, label = groups.pooled(owner, len(kept)), owner[label]
        near.follow(kept, owner[a], groups)
        progress(n - len(groups), n)
    return Merged(label, groups, joined)
