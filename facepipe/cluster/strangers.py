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

from facepipe.cluster.blocks import blocks
from facepipe.cluster.calibrate import SAME_PICTURE, cosine_of_pairs
from facepipe.cluster.groups import Groups
from facepipe.cluster.priors import certainty
from facepipe.lazy import sparse
from facepipe.likeness import Likeness, LikenessHere, Strangers, fisher, logistic

PRIOR_PAIRS = 20_000.0  # pairs of people that it takes to believe half of where they lie
PRIOR_ABSENT = 100_000.0  # ... that none lie somewhere
_FEWEST = 100  # pairs, of which two Gaussians can be read off
_LOOKED_AT = 50_000  # pairs that the Gaussians are fitted to
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
    z, place = _beside(groups, beside, likeness)
    if len(z) < _FEWEST:
        return likeness
    usual = likeness.strangers
    nearer = np.clip(np.median(z) - usual.mean, 0, likeness.beside)  # than those of two frames
    here = fitted(z - nearer, place, usual, likeness.same_spread)
    return LikenessHere.of(likeness, here=here, trust=trust(pairs), absence=pairs / (pairs + PRIOR_ABSENT))


def _beside(groups: Groups, beside: sparse.csr_matrix, likeness: Likeness) -> tuple[np.ndarray, np.ndarray]:
    """z of pairs that are beside each other, float64 (p,), rising, and where it would be expected if they were one
    person; of very many some that are spread evenly. Near-identical ones are left out: a collage or a mirror."""
    ends = sparse.triu(beside, format="coo")
    reliability, found = likeness.reliability(groups.noise), [np.zeros((2, 0))]
    for block in blocks(ends.nnz):
        a, b = ends.row[block], ends.col[block]
        cosine = cosine_of_pairs(groups.mean, a, b)
        z = fisher(cosine) - np.minimum(groups.nearer[a], groups.nearer[b])
        found.append(np.stack([z, np.arctanh(np.sqrt(reliability[a] * reliability[b]))])[:, cosine < SAME_PICTURE])
    both = np.concatenate(found, axis=1)
    both = both[:, np.lexsort(both[::-1])]
    return tuple(both[:, np.linspace(0, both.shape[1] - 1, min(both.shape[1], _LOOKED_AT)).astype(np.int64)])


def fitted(z: np.ndarray, place: np.ndarray, start: Strangers, spread: float) -> Strangers:
    """The two Gaussians of which strangers' z are most likely drawn, where some of the pairs are one person seen twice,
    in a mirror or on a poster: by expectation and maximisation (Dempster, Laird and Rubin 1977), from `start` on.

    z, place: float (p,), what is found, and what is expected of one person, with that spread. The Gaussian of
    look-alikes keeps its mean: whoever is nearer than they are is not less alike for that.
    """
    found, least, twice = start, min(start.spread, start.alike_spread) / 4, 0.001
    same = -0.5 * ((z - place) / spread) ** 2 - np.log(spread * np.sqrt(2 * np.pi))
    for _ in range(_ROUNDS):
        strangers = found.log_density(z) + np.log1p(-twice)
        one = logistic(same + np.log(twice) - strangers)
        alike = np.exp(found.log_of_alike(z) - found.log_density(z)) * (1 - one)
        rest = 1 - one - alike
        twice = float(np.clip(one.mean(), 1e-9, 0.5))
        mean = float(np.average(z, weights=rest + 1e-9))
        usual, other = (max(_spread(*part), least) for part in ((z - mean, rest), (z - start.alike_mean, alike)))
        strange = max(alike.sum() + rest.sum(), 1e-9)  # hardly anything where all are one person twice
        share = float(np.clip(alike.sum() / strange, 1e-6, 0.5))
        found = Strangers(mean, usual, share, start.alike_mean, other)
    return found


def _spread(off: np.ndarray, weight: np.ndarray) -> float:
    return float(np.sqrt(np.average(off**2, weights=weight + 1e-9)))
