"""One person several times in a photo: collages and mirrors.

That two faces of one frame are two people is certain in a video (but see doubled.py). A photo may be a collage, and one
collage among a person's fifty photos would split that person for good. So two groups of photos may be joined in spite
of it where both are large, where the evidence speaks for one person, and where few of their photos show both.
"""

from __future__ import annotations

import numpy as np

from facepipe.cluster import constraints
from facepipe.cluster.groups import Groups, evidence, odds_against
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
    both = sparse.triu(seen @ seen.T, 1, format="coo")
    a, b = both.row, both.col
    smaller = np.minimum(photos[a], photos[b])
    fine = (smaller >= FEWEST) & (both.data <= MOST_SHARED * smaller)
    a, b = a[fine], b[fine]
    for cannot in (in_video @ in_video.T, constraints.merge(units.told, label, count)):
        fine = constraints.entries(cannot.tocsr(), a, b) == 0
        a, b = a[fine], b[fine]
    fine = (persons.person[a] < 0) | (persons.person[b] < 0) | (persons.person[a] == persons.person[b])
    a, b = a[fine], b[fine]
    direction = persons.directions()
    cosine = np.einsum("ij,ij->i", direction[a], direction[b])
    nats = evidence(persons, persons, a, b, cosine, priors.likeness) - odds_against(persons, persons, a, b, priors)
    if not (nats > 0).any():
        return None
    best = np.lexsort((b, a, -nats))[0]
    return int(a[best]), int(b[best])


def _photos(of_face: np.ndarray, frames: np.ndarray, people: int, where: np.ndarray) -> sparse.csr_matrix:
    """Which people stand in which of the frames: csr float32 (people, frames) of ones."""
    rows = np.flatnonzero((of_face >= 0) & where)
    shape = (people, int(frames.max(initial=-1)) + 1)
    out = sparse.csr_matrix((np.ones(len(rows), np.float32), (of_face[rows], frames[rows])), shape=shape)
    out.data[:] = 1
    return out
