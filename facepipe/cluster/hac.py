"""Hierarchical clustering by average linkage, in which two clusters that share a frame never merge.

Without `--sim`: distances as they are, merging stops at `--eps`. With the default weights that is dlib's unit, where
the same person is below .6; for single faces .55 to .60 splits least, on the labelled pictures it was tried on.
With `--sim`: person-clustering's own cut (the package imagecluster's): merging stops at (1 - sim) of the largest
distance, and alpha mixes image and time, each relative to its largest: (1 - alpha) * image + alpha * time.
With --allow-duplicates the result is SciPy's `linkage(..., "average")` cut by `fcluster(..., "distance")`.
"""

from dataclasses import replace

import numpy as np

from facepipe.cluster.baselines import run_method
from facepipe.cluster.fusion import FusedDistances, Progress, without_time
from facepipe.records import Clustering, FaceTable
from facepipe.settings import ClusterSettings

EPS = 0.55  # below dlib's threshold of .6 for a pair, because an average over pairs hides its far ones


def hac(table: FaceTable, settings: ClusterSettings, progress: Progress = None) -> Clustering:
    """Average linkage; settings: sim or eps, weights, alpha, min_csize, merge_*, allow_duplicates.

    UsageError: more faces than a full distance matrix may take.
    """

    cut = EPS if settings.eps is None else settings.eps

    def method(ordered: FaceTable) -> np.ndarray:
        nonlocal cut
        if settings.sim is None:
            distances = FusedDistances(ordered, settings).matrix("hac", progress)
        else:
            distances = _relative_distances(ordered, settings, progress)
            cut = (1 - settings.sim) * float(distances.max(initial=0))
        if not settings.allow_duplicates:
            frames = ordered.frame_codes()
            distances[frames[:, None] == frames[None, :]] = np.inf
        return average_linkage(distances, cut)

    clustering = run_method(method, table, settings)
    faces_alone = settings.weights == ClusterSettings().weights and not settings.alpha
    return replace(clustering, cut=cut) if faces_alone else clustering


def _relative_distances(table: FaceTable, settings: ClusterSettings, progress: Progress) -> np.ndarray:
    """imagecluster's `calc.cluster`: the mix of image and time distances, each divided by its largest."""
    image = FusedDistances(table, without_time(settings)).matrix("hac", progress)
    if settings.alpha > 0:
        time = np.abs(table.time_s[:, None] - table.time_s[None, :]).astype(np.float32)
        for part, weight in ((image, 1 - settings.alpha), (time, settings.alpha)):
            part *= weight / (float(part.max(initial=0)) or 1.0)
        image += time
    return image


def average_linkage(distances: np.ndarray, cut: float) -> np.ndarray:
    """Clusters of average linkage, merged while the nearest two are at most `cut` apart: int64 (n,).

    distances: float32 (n, n), symmetric, its diagonal ignored; used as working memory. Infinity keeps a pair apart:
    the average of clusters that hold such a pair is infinite too, so the next best pair merges instead.

    Every row keeps its nearest neighbour. Averages (Lance and Williams, 1967) are never nearer than the nearer of their
    two parts, so after a merge only the rows whose neighbour took part look for a new one: about n^2 steps in all.
    """
    n = len(distances)
    parent, size = np.arange(n), np.ones(n)
    if n < 2:
        return parent
    np.fill_diagonal(distances, np.inf)
    nearest = distances.argmin(1)
    gap = distances[np.arange(n), nearest]
    while True:
        i = int(gap.argmin())
        if not gap[i] <= cut or np.isinf(gap[i]):
            break
        i, j = sorted((i, int(nearest[i])))
        row = (size[i] * distances[i] + size[j] * distances[j]) / (size[i] + size[j])
        row[i] = np.inf
        distances[i] = distances[:, i] = row
        distances[j] = distances[:, j] = np.inf
        size[i] += size[j]
        parent[j] = i
        stale = np.flatnonzero((nearest == i) | (nearest == j))
        stale = np.union1d(stale[np.isfinite(gap[stale])], [i])
        nearest[stale] = distances[stale].argmin(1)
        gap[stale] = distances[stale, nearest[stale]]
        gap[j] = np.inf
    while not np.array_equal(parent, parent[parent]):
        parent = parent[parent]
    return parent
