"""How many people some groups are, and so the odds against joining any two of them.

Evidence does not always suffice to join all that is seen of somebody, and a piece that is left is no further person. Of
a group that is one with each of some others with the probability p, 1 / (1 + sum of p) is a person: k pieces that
certainly are one make k such shares, one person. Among very many groups this matters: of 200,000 simulated faces each
leaves three groups, and odds against three times too many people tell more apart. Few groups tell little of it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from facepipe.cluster.groups import Groups, evidence
from facepipe.cluster.priors import Priors, certainty
from facepipe.distances import tiles
from facepipe.likeness import Likeness, logistic

PRIOR_GROUPS = 500.0  # groups that it takes to believe half of what they tell
SAMPLED = 2_000  # groups that are looked at, spread evenly over all
_FAR = 6.0  # nats below even odds from which on a pair is not counted: p < .003


def priors_of(groups: Groups, likeness: Likeness) -> Priors:
    """What the groups say of any two of them before these are compared."""
    counted = Priors.of(likeness, groups.noise, groups.sources, groups.shots)
    trust = len(groups) / (len(groups) + PRIOR_GROUPS)
    people = 1 - trust * (1 - _share_of_people(groups, likeness, counted.everywhere))
    return replace(counted, everywhere=max(0.0, counted.everywhere + float(np.log(people))))


def _share_of_people(groups: Groups, likeness: Likeness, against: float) -> float:
    """The share of the groups, 0..1, that are people, if these are the log odds against any two being one.

    Pairs that have evidence enough say nothing: they are about to be joined, or something forbids it.
    """
    n = len(groups)
    if n < 2:
        return 1.0
    number = np.arange(n)
    rows = np.linspace(0, n - 1, min(n, SAMPLED)).round().astype(np.int64)
    direction, certain = groups.directions(), certainty(likeness, groups.noise)
    least, others = likeness.least(against - _FAR), np.zeros(len(rows))
    for here, there in tiles(len(rows), n):
        cosine = direction[rows[here]] @ direction[there].T
        i, j = np.nonzero(cosine > least)
        one, other = rows[here][i], number[there][j]
        nats = evidence(groups, groups, one, other, cosine[i, j], likeness) - against
        probable = np.where((nats > 0) | (one == other), 0, logistic(nats) * certain[other])
        others[here] += np.bincount(i, probable, len(cosine))
    weight = certain[rows]
    return float((weight / (1 + others)).sum() / weight.sum()) if weight.any() else 1.0
