"""How alike strangers are here: groups that are seen in one frame are two people, and among thousands of such pairs are
those that tell where the tail ends that decides.

A model that was fitted on some hundred people (likeness.py) can say little about the nearest of a hundred thousand. The
strangers that are certain here tell more, the more of them there are: the density of z among strangers is taken as

    max[ (1 - w) * the model's + w * the one that is found here,  (1 - v) * the model's ]
    w = pairs / (pairs + PRIOR_PAIRS),  v = pairs / (pairs + PRIOR_ABSENT)

So it rises soon where people here look more alike than those the model was fitted on. Where no pair lies of very many
it falls, but later, since who is seen together is no fair draw (couples look less alike than others do); then the odds
against, which grow with the number of people, are made up for. Few pairs of few people change next to nothing.
"""

from __future__ import annotations

import numpy as np

from facepipe.cluster.calibrate import SAME_PICTURE, cosine_of_pairs
from facepipe.cluster.groups import Groups, evidence
from facepipe.cluster.priors import certainty
from facepipe.lazy import sparse
from facepipe.likeness import Likeness, LikenessHere, Strangers, fisher

PRIOR_PAIRS = 20_000.0  # pairs of people that it takes to believe half of where they lie
PRIOR_ABSENT = 100_000.0  # ... that none lie somewhere
_FEWEST = 100  # pairs, of which two Gaussians can be read off
_LOOKED_AT = 50_000  # pairs, spread evenly over all
_COPY = 3.0  # nats against one person seen twice in a frame: a mirror or a poster is no stranger
_ROUNDS = 60  # of expectation and maximisation


def trust(pairs: float) -> float:
    """How far so many pairs of certain strangers are believed, 0..1."""
    return pairs / (pairs + PRIOR_PAIRS)


def strangers_here(groups: Groups, beside: sparse.csr_matrix, likeness: Likeness) -> Likeness:
    """The model with what is known of strangers here. beside: bool (n, n), symmetric: groups that are seen in one frame
    and are not copies of each other."""
    people = certainty(likeness, groups.noise).sum()
    possible = max(people * (people - 1) / 2, 1.0)
    # Of so many pairs that are drawn among those that are possible, so many differ: a family is seen often.
    pairs = possible * -np.expm1(-beside.nnz / 2 / possible)
    if pairs < _FEWEST:
        return likeness
    z, usual = _certain(groups, beside, likeness, people), likeness.strangers
    if len(z) < _FEWEST:
        return likeness
    nearer = np.clip(np.median(z) - usual.mean, 0, likeness.beside)  # than those of two frames
    absence = pairs / (pairs + PRIOR_ABSENT)
    return LikenessHere.of(likeness, here=fitted(z - nearer, usual), trust=trust(pairs), absence=absence)


def _certain(groups: Groups, beside: sparse.csr_matrix, likeness: Likeness, people: float) -> np.ndarray:
    """z of pairs that are beside each other, but for those of one person seen twice: float64 (p,)."""
    ends = sparse.triu(beside, format="coo")
    chosen = np.linspace(0, ends.nnz - 1, min(ends.nnz, _LOOKED_AT)).astype(np.int64)
    a, b = ends.row[chosen], ends.col[chosen]
    cosine = cosine_of_pairs(groups.mean, a, b)
    twice = evidence(groups, groups, a, b, cosine, likeness) > np.log(max(people, 1.0)) + _COPY
    kept = ~twice & (cosine < SAME_PICTURE)
    return fisher(cosine[kept]) - np.minimum(groups.nearer[a], groups.nearer[b])[kept]


def fitted(z: np.ndarray, start: Strangers) -> Strangers:
    """The two Gaussians of which z, float (p,), are most likely drawn, looked for from `start` on: by expectation and
    maximisation (Dempster, Laird and Rubin 1977)."""
    found, least = start, min(start.spread, start.alike_spread) / 4
    for _ in range(_ROUNDS):
        alike = np.exp(found.log_of_alike(z) - found.log_density(z))
        share = float(np.clip(alike.mean(), 1e-6, 0.5))
        found = Strangers(*_gauss(z, 1 - alike, least), share, *_gauss(z, alike, least))
    return found


def _gauss(z: np.ndarray, weight: np.ndarray, least: float) -> tuple[float, float]:
    """Mean and spread, which is not below `least`."""
    total = max(weight.sum(), 1e-9)
    mean = (weight * z).sum() / total
    return float(mean), max(float(np.sqrt((weight * (z - mean) ** 2).sum() / total)), least)
