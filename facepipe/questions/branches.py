"""The parts of a person that hang together: the branches of the tree of what the person is made of."""

from functools import lru_cache

import numpy as np

MOST_LEAVES = 200  # units of a person of whose tree the two people in one are looked for


def branches(mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The branches of two rows or more of the tree that average linkage by cosine makes of the rows, but for the whole:
    float (b, l) of ones and zeros, for each of l leaves, and int (n,), with which of them each row goes. Of many rows
    some, spread evenly, are the leaves; others go with the nearest."""
    from scipy.cluster.hierarchy import linkage  # here, so that commands start without it

    n = min(len(mean), MOST_LEAVES)
    leaves = mean if n == len(mean) else mean[np.linspace(0, len(mean) - 1, n).astype(np.int64)]
    direction = leaves / np.maximum(np.linalg.norm(leaves, axis=1), 1e-9)[:, None]
    tree = linkage(_apart(direction), "average")
    inside = np.zeros((2 * n - 1, n))
    np.fill_diagonal(inside, 1)
    for node, (a, b) in enumerate(tree[:, :2].astype(np.int64).tolist(), n):
        np.add(inside[a], inside[b], out=inside[node])
    sides = inside[n:-1] if n > 2 else inside[:1]
    return sides, np.arange(n) if n == len(mean) else (mean @ direction.T).argmax(1)


def _apart(direction: np.ndarray) -> np.ndarray:
    """One less the cosine of every pair of rows, as `linkage` takes it."""
    return np.maximum(1 - (direction @ direction.T)[_pairs(len(direction))], 0)


@lru_cache(maxsize=MOST_LEAVES)
def _pairs(count: int) -> tuple[np.ndarray, np.ndarray]:
    return np.triu_indices(count, 1)
