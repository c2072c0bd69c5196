"""One person several times in a photo: collages and mirrors.

That two faces of one frame are two people is certain in a video (but see doubled.py). A photo may be a collage, and one
collage among a person's fifty photos would split that person for good. So two groups of photos may be joined in spite
of it where both are large, where the evidence speaks for one person, and where few of their photos show both.
"""

from __future__ import annotations

import numpy as np

from facepipe.cluster import constraints
from facepipe.cluster.groups import Groups, Pairs, pairs_for
from facepipe.cluster.priors import Priors
from facepipe.cluster.units import Units
from facepipe.lazy import sparse

FEWEST = 5  # photos of each
MOST_SHARED = 0.25  # of the photos of the smaller


def join_collages(units: Units, frames: np.ndarray, label: np.ndarray, persons: Groups, priors: Priors) -> np.ndarray:
    """`label`, int (m,), -1 for units without one, with those people joined; numbered as before, without gaps.

    frames: int (n,), the frame of each face. persons: what each label holds.
    """
    label = label.copy()
    pairs = units.beside.tocoo()
    if not (units.photo[pairs.row] & units.photo[pairs.col] & (label[pairs.row] >= 0)).any():
        return label
    while True:
        pair = _next(units, frames, label, persons, priors)
        if pair is None:
            return label
        a, b = pair
        number = np.arange(len(persons))
        number[b], number[b + 1 :] = a, number[b + 1 :] - 1
        label = np.where(label >= 0, number[label], label)
        persons = persons.pooled(number, len(persons) - 1)


def _next(
    units: Units, frames: np.ndarray, label: np.ndarray, persons: Groups, priors: Priors
) -> tuple[int, int] | None:
    """The pair of people (a < b) to be joined for whom most evidence speaks, if there is any."""
    count = len(persons)
    of_face = label[units.of_face]
    seen = _photos(of_face, frames, count, units.photo[units.of_face])
    in_video = _photos(of_face, frames, count, ~units.photo[units.of_face])
    photos = np.asarray(seen.sum(1)).reshape(-1)
    large = np.flatnonzero(photos >= FEWEST)
    best = (0.0, 0, 0)
    shared, together = (seen @ seen.T).tocsr(), (in_video @ in_video.T).tocsr()
    for pairs in pairs_for(persons, persons, large, priors, constraints.merge(units.told, label, count)):
        for nats, a, b in _candidates(pairs, photos, shared, together):
            best = max(best, (nats, -min(a, b), -max(a, b)))
    return (-best[1], -best[2]) if best[0] > 0 else None


def _candidates(pairs: Pairs, photos, shared, together):
    both, video = (constraints.entries(matrix, pairs.left, pairs.right) for matrix in (shared, together))
    smaller = np.minimum(photos[pairs.left], photos[pairs.right])
    fine = (both > 0) & (video == 0) & (smaller >= FEWEST) & (both <= MOST_SHARED * smaller)
    return zip(pairs.nats[fine].tolist(), pairs.left[fine].tolist(), pairs.right[fine].tolist(), strict=True)


def _photos(of_face: np.ndarray, frames: np.ndarray, people: int, where: np.ndarray) -> sparse.csr_matrix:
    """Which people stand in which of the frames: csr float32 (people, frames) of ones."""
    rows = np.flatnonzero((of_face >= 0) & where)
    shape = (people, int(frames.max(initial=-1)) + 1)
    out = sparse.csr_matrix((np.ones(len(rows), np.float32), (of_face[rows], frames[rows])), shape=shape)
    out.data[:] = 1
    return out
