"""Groups of people who look alike.

Nobody's origin is labelled. The people of the truth are put into groups by how they look to a reference encoder:
k-means of their mean embeddings. Whom an encoder confuses lies together, so that a group that does badly shows.
"""

import numpy as np
from threadpoolctl import threadpool_limits

GROUPS = 10
STARTS, ROUNDS = 10, 100  # of k-means: the best of so many starts is taken


def people_groups(embedding: np.ndarray, person: np.ndarray, groups: int = GROUPS) -> np.ndarray:
    """The group, int64 (k,), of each of the people 0..k-1 (-1: has no face), by k-means of their mean embeddings.

    embedding: float (n, d), by any encoder. person: int (n,), below 0: nobody of the truth. Deterministic (k-means++
    from a fixed seed); fewer people than groups are a group each.
    """
    known = person >= 0
    count = np.bincount(person[known], minlength=1)
    means = np.zeros((len(count), embedding.shape[1]))
    np.add.at(means, person[known], embedding[known])
    there = np.flatnonzero(count)
    out = np.full(len(count), -1, np.int64)
    if len(there):
        with threadpool_limits(1):  # sums in the order of one thread: the same groups on every machine; and faster
            out[there] = _k_means(means[there] / count[there, None], min(groups, len(there)))
    return out


def _k_means(points: np.ndarray, k: int) -> np.ndarray:
    """Lloyd's algorithm from several k-means++ starts (Arthur and Vassilvitskii 2007): least squares, int64 (n,)."""
    rng = np.random.default_rng(0)
    length = (points**2).sum(1)
    best, least = np.zeros(len(points), np.int64), np.inf
    for _ in range(STARTS):
        centres = _spread_out(points, length, k, rng)
        for _ in range(ROUNDS):
            apart = _squared(points, length, centres)
            label = apart.argmin(1)
            members = (label == np.arange(k)[:, None]).astype(np.float64)
            count = members.sum(1, keepdims=True)
            moved = np.where(count, members @ points / np.maximum(count, 1), centres)
            if np.array_equal(moved, centres):
                break
            centres = moved
        total = float(apart.min(1).sum())
        if total < least - 1e-12:
            best, least = label, total
    return np.unique(best, return_inverse=True)[1].reshape(-1)


def _spread_out(points: np.ndarray, length: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    chosen = [int(rng.integers(len(points)))]
    nearest = _squared(points, length, points[chosen])[:, 0]
    while len(chosen) < k:
        total = nearest.sum()
        chosen.append(int(rng.choice(len(points), p=nearest / total)) if total else len(chosen))
        nearest = np.minimum(nearest, _squared(points, length, points[chosen[-1:]])[:, 0])
    return points[chosen]


def _squared(points: np.ndarray, length: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Squared distances, (n, k); length: the squared length of each point."""
    return np.maximum(length[:, None] + (centres**2).sum(1) - 2 * points @ centres.T, 0)
