"""DBSCAN (Ester et al., 1996) on the fused vectors, as the pipeline article and the face clustering blog use it.

With the default weights that is scikit-learn's `DBSCAN(eps=.5, min_samples=5, metric="euclidean")` on dlib's 128
numbers. A chain of faces can join two people; where that shows, by two faces of one frame in one cluster, the cluster
is taken apart (`--allow-duplicates` leaves it as it is).
"""

import numpy as np
from sklearn.cluster import DBSCAN

from facepipe.cluster.baselines import run_method
from facepipe.cluster.fusion import FusedDistances, Progress
from facepipe.errors import UsageError
from facepipe.records import Clustering, FaceTable
from facepipe.settings import ClusterSettings

EPS = 0.5  # the article's, in dlib's unit


def dbscan(table: FaceTable, settings: ClusterSettings, progress: Progress = None) -> Clustering:
    """DBSCAN; settings: eps, min_samples, weights, alpha, min_csize, merge_*, allow_duplicates.

    Noise is unknown, and so is a part of a cluster taken apart that has fewer than min_samples faces.
    UsageError: an eps of 0, or so many neighbours that their list would not fit into memory.
    """
    eps = EPS if settings.eps is None else settings.eps
    if eps <= 0:
        raise UsageError("--eps 0: dbscan needs a distance above 0")

    def method(ordered: FaceTable) -> np.ndarray:
        if not len(ordered):
            return np.zeros(0, np.int64)
        links = FusedDistances(ordered, settings).links(eps, "dbscan", progress)
        return DBSCAN(eps=eps, min_samples=settings.min_samples, metric="precomputed").fit_predict(links)

    return run_method(method, table, settings, smallest=settings.min_samples)
