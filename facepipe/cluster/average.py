"""Average linkage of a full matrix of distances; pairs may be kept apart."""

from collections.abc import Iterator

import numpy as np

Tree = list[tuple[int, int, float]]  # see `average_tree`


def average_joins(distances: np.ndarray) -> Iterator[tuple[int, int, float]]:
    """The joins of average linkage, the nearest two first: (i, j, how far apart), where j goes into i, which is less.

    distances: float (n, n), symmetric, its diagonal ignored; used as working memory. Infinity keeps a pair apart:
    the average of clusters that hold such a pair is infinite too, so the next best pair merges instead.

    Every row keeps its nearest neighbour. Averages (Lance and Williams, 1967) are never nearer than the nearer of their
    two parts, so after a merge only the rows whose neighbour took part look for a new one: about n^2 steps in all.
    """
    n = len(distances)
    if n < 2:
        return
    size = np.ones(n)
    np.fill_diagonal(distances, np.inf)
    nearest = distances.argmin(1)
    gap = distances[np.arange(n), nearest]
    while np.isfinite(gap[i := int(gap.argmin())]):
        i, j = sorted((i, int(nearest[i])))
        yield i, j, float(gap[i])
        row = (size[i] * distances[i] + size[j] * distances[j]) / (size[i] + size[j])
        row[i] = np.inf
        distances[i] = distances[:, i] = row
        distances[j] = distances[:, j] = np.inf
        size[i] += size[j]
        stale = np.flatnonzero((nearest == i) | (nearest == j))
        stale = np.union1d(stale[np.isfinite(gap[stale])], [i])
        nearest[stale] = distances[stale].argmin(1)
        gap[stale] = distances[stale, nearest[stale]]
        gap[j] = np.inf


def average_linkage(distances: np.ndarray, threshold: float) -> np.ndarray:
    """Clusters of average linkage, merged while the nearest two are at most `threshold` apart: int64 (n,).

    distances: see `average_joins`.
    """
    parent = np.arange(len(distances))
    for i, j, apart in average_joins(distances):
        if not apart <= threshold:
            break
        parent[j] = i
    while not np.array_equal(parent, parent[parent]):
        parent = parent[parent]
    return parent


def average_tree(distances: np.ndarray) -> Tree:
    """The joins of average linkage, as nodes: what is joined, and how far apart that is. They are numbered as SciPy's
    `linkage` does: n leaves first, then the joins.

    distances: float (n, n), symmetric and finite; see `average_joins`.
    """
    node, tree = list(range(len(distances))), []
    for number, (i, j, apart) in enumerate(average_joins(distances), len(distances)):
        tree.append((min(node[i], node[j]), max(node[i], node[j]), apart))
        node[i] = number
    return tree
