"""HDBSCAN (Campello, Moulavi and Sander, 2013) on the fused vectors, as Find-People-In-Photos uses it.

scikit-learn's implementation. It has no distance threshold: what is dense depends on the set, so a set in which
nobody appears often enough is all unknown.
"""

import numpy as np
from sklearn.cluster import HDBSCAN

from facepipe.cluster.baselines import run_method
from facepipe.cluster.fusion import FusedDistances, Progress, fuse
from facepipe.records import Clustering, FaceTable
from facepipe.settings import ClusterSettings

PAIR_BYTES = 4 + 8 + 8  # our float32 matrix, its float64 copy, scikit-learn's mutual reachability


def hdbscan(table: FaceTable, settings: ClusterSettings, progress: Progress = None) -> Clustering:
    """HDBSCAN; settings: min_csize (at least 2), min_samples, weights, alpha, merge_*, allow_duplicates.

    Works on vectors, or on a full distance matrix where clothing counts and some faces have none (UsageError where
    that would not fit into memory).
    """
    smallest = max(2, settings.min_csize)

    def method(ordered: FaceTable) -> np.ndarray:
        if len(ordered) <= max(smallest, settings.min_samples):
            return np.full(len(ordered), -1)
        distances = FusedDistances(ordered, settings)
        metric, points = "euclidean", None
        if distances.is_euclidean:
            points = fuse(ordered, settings).astype(np.float64)
        else:
            metric, points = "precomputed", distances.matrix("hdbscan", pair_bytes=PAIR_BYTES).astype(np.float64)
        model = HDBSCAN(min_cluster_size=smallest, min_samples=settings.min_samples, metric=metric, copy=True)
        labels = model.fit_predict(points)
        if progress is not None:
            progress(len(ordered), len(ordered))
        return np.where(labels < 0, -1, labels)

    return run_method(method, table, settings, smallest=smallest)
