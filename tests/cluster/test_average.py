"""Average linkage: SciPy's, and pairs that are kept apart."""

import numpy as np
import pytest
from labelled_tables import same_partition
from scipy.cluster import hierarchy
from scipy.spatial.distance import pdist, squareform

from facepipe.cluster.average import average_linkage, average_tree


@pytest.mark.parametrize("seed", range(5))
def test_average_linkage_is_scipys(seed):
    points = np.random.default_rng(seed).normal(size=(80, 3))
    condensed = pdist(points)
    for cut in (0.0, 0.5, 1.0, 2.0, 9.0):
        expected = hierarchy.fcluster(hierarchy.linkage(condensed, "average"), cut, "distance")
        assert same_partition(average_linkage(squareform(condensed).astype(np.float32), cut), expected)


@pytest.mark.parametrize("count", [1, 2, 3, 60])
def test_the_tree_is_scipys_of_two_leaves_and_more(count):
    condensed = pdist(np.random.default_rng(count).normal(size=(count, 4)))
    tree = average_tree(squareform(condensed) if count > 1 else np.zeros((1, 1)))
    expected = hierarchy.linkage(condensed, "average") if count > 1 else np.zeros((0, 4))
    assert [joined[:2] for joined in tree] == [tuple(joined) for joined in expected[:, :2].astype(int).tolist()]
    assert [joined[2] for joined in tree] == pytest.approx(expected[:, 2].tolist())


def test_average_linkage_of_pairs_kept_apart_is_the_naive_one():
    rng = np.random.default_rng(3)
    for _ in range(10):
        distances = squareform(pdist(rng.normal(size=(25, 2)))).astype(np.float32)
        frames = rng.integers(0, 8, 25)
        distances[(frames[:, None] == frames) & ~np.eye(25, dtype=bool)] = np.inf
        assert same_partition(average_linkage(distances.copy(), 1.2), _naive_linkage(distances, 1.2))


def _naive_linkage(distances, cut):
    groups = [[i] for i in range(len(distances))]
    while True:
        pairs = [(distances[np.ix_(a, b)].mean(), i, j) for i, a in enumerate(groups) for j, b in enumerate(groups[:i])]
        best = min(pairs)
        if not best[0] <= cut:
            break
        groups[best[2]] += groups.pop(best[1])
    labels = np.zeros(len(distances), int)
    for label, group in enumerate(groups):
        labels[group] = label
    return labels
