"""HDBSCAN (Campello, Moulavi and Sander, 2013) on the fused vectors, as Find-People-In-Photos uses it.

scikit-learn's implementation. It has no distance threshold: what is dense depends on the set, so a set in which
nobody appears often enough is all unknown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from facepipe.callbacks import Progress, no_progress
from facepipe.cluster.baselines import run_method
from facepipe.cluster.fusion import FusedClusterer, FusedDistances, fuse
from facepipe.errors import UsageError
from facepipe.options import option
from facepipe.records import Clustering
from facepipe.table import FaceTable

PAIR_BYTES = 4 + 8 + 8  # our float32 matrix, its float64 copy, scikit-learn's mutual reachability


@dataclass(frozen=True, slots=True)
class Hdbscan(FusedClusterer):
    """HDBSCAN, on vectors, or on a full distance matrix where the vectors do not say it all: where clothing counts and
    some faces have none, or for a metric other than the Euclidean (UsageError of `cluster`: that would not fit into
    memory)."""

    name: ClassVar[str] = "hdbscan"
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {"min_cluster_size": (2, 3, 5, 8), "min_samples": (1, 2, 3, 5)}

    min_samples: int = option(5, "faces that make a dense place", metavar="N", low=1)
    min_cluster_size: int = option(2, "fewest faces that split off as a cluster", metavar="N", low=2)
    epsilon: float = option(0.0, "clusters nearer than this are not split", metavar="D", low=0)
    leaf: bool = option(False, "take the leaves of the tree of clusters: more and smaller ones")

    def cluster(self, table: FaceTable, progress: Progress = no_progress) -> Clustering:
        from sklearn.cluster import HDBSCAN  # here, so that the options can be listed without it

        smallest = max(self.min_cluster_size, self.min_csize)

        def method(ordered: FaceTable) -> np.ndarray:
            if len(ordered) <= max(smallest, self.min_samples):
                return np.full(len(ordered), -1)
            distances = FusedDistances(ordered, self)
            if distances.is_euclidean:
                metric, points = "euclidean", fuse(ordered, self).astype(np.float64)
            else:
                metric, points = "precomputed", distances.matrix(self.name, pair_bytes=PAIR_BYTES).astype(np.float64)
            model = HDBSCAN(
                min_cluster_size=smallest,
                min_samples=self.min_samples,
                cluster_selection_epsilon=self.epsilon,
                cluster_selection_method="leaf" if self.leaf else "eom",
                metric=metric,
                copy=True,
            )
            try:
                labels = model.fit_predict(points)
            except TypeError as error:  # scikit-learn's issue 33219: what epsilon undoes fails with NumPy from 2.4 on
                if not self.epsilon:
                    raise
                raise UsageError(
                    f"--epsilon {self.epsilon:g}: this scikit-learn cannot do it with this NumPy: "
                    "leave it out, or pip install 'numpy<2.4'"
                ) from error
            progress(len(ordered), len(ordered))
            return np.where(labels < 0, -1, labels)

        return run_method(method, table, self, smallest=smallest)
