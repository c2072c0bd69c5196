"""The thresholds of an encoder's space, from labelled vectors.

They are quantiles of distances of one person's faces, at which the spaces that ship have theirs, though these were
found by other means: on 3,318 photos of LFW, dlib's .52, .50, .25 become .49, .45, .26, and those of retail-0095, .90,
.80, .50, become .89, .81, .47.
"""

import numpy as np

from facepipe.likeness import Likeness
from facepipe.space import EmbeddingSpace

GALLERY = 0.9  # of the mean of half of a person's pictures to that of the other half
JOIN = 0.9  # of a picture to the mean of the person's others
NEAR_DUPLICATE = 0.01  # of two pictures
DOUBTFUL = (0.6, 0.97, 0.999)  # of a picture to the mean of all of the person's
GALLERY_RATIO, JOIN_RATIO = 0.85, 0.8  # as in the spaces that ship
_MOST_PICTURES = 30  # of a person, of whose pairs there would be too many


def space_of(
    name: str, likeness: Likeness, vectors: np.ndarray, quality: np.ndarray, person: np.ndarray
) -> EmbeddingSpace:
    """The space of an encoder.

    vectors: float32 (n, d), as the table keeps them. quality: float (n,). person: int (n,). ValueError: nobody has two
    pictures.
    """
    vectors, weight = np.asarray(vectors, np.float64), np.asarray(quality, np.float64) + 1e-6

    def mean(rows: np.ndarray) -> np.ndarray:
        return np.average(vectors[rows], axis=0, weights=weight[rows])

    halves, others, own, pairs = [], [], [], []
    order = np.argsort(person, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(person[order])) + 1):
        rows = rows[:_MOST_PICTURES]
        if len(rows) < 2:
            continue
        halves.append(mean(rows[::2]) - mean(rows[1::2]))
        others += [vectors[row] - mean(rows[rows != row]) for row in rows]
        own += [vectors[row] - mean(rows) for row in rows if len(rows) > 2]
        one, other = np.triu_indices(len(rows), 1)
        pairs.append(vectors[rows[one]] - vectors[rows[other]])
    if not halves:
        raise ValueError("nobody has two pictures")

    def quantile(apart: list[np.ndarray], share: float) -> float:
        return round(float(np.quantile(np.linalg.norm(np.array(apart), axis=1), share)), 3)

    usual, look, other = (quantile(own or others, share) for share in DOUBTFUL)
    return EmbeddingSpace(
        name=name,
        dimensions=vectors.shape[1],
        likeness=likeness,
        gallery_threshold=quantile(halves, GALLERY),
        gallery_ratio=GALLERY_RATIO,
        join_threshold=quantile(others, JOIN),
        join_ratio=JOIN_RATIO,
        near_duplicate=quantile(list(np.concatenate(pairs)), NEAR_DUPLICATE),
        doubtful=(usual, look, other),
    )
