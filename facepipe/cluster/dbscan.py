"""DBSCAN (Ester et al., 1996) on the fused vectors, as the pipeline article and the face clustering blog use it.

With the default weights that is scikit-learn's `DBSCAN(eps=.5, min_samples=5, metric="euclidean")` on dlib's 128
numbers, or on those of another encoder in dlib's unit. A chain of faces can join two people; where that shows, by two
faces of one frame in one cluster, the cluster is taken apart (`--allow-duplicates` leaves it as it is).
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from facepipe.callbacks import Progress, no_progress
from facepipe.cluster.baselines import run_method
from facepipe.cluster.fusion import MAX_DISTANCE, FusedClusterer, FusedDistances
from facepipe.errors import UsageError
from facepipe.options import option
from facepipe.records import Clustering
from facepipe.table import FaceTable


@dataclass(frozen=True, slots=True)
class Dbscan(FusedClusterer):
    """DBSCAN. Noise is unknown, and so is a part of a cluster taken apart that has fewer than min_samples faces.

    UsageError of `cluster`: so many neighbours that their list would not fit into memory.
    """

    name: ClassVar[str] = "dbscan"
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {
        "eps": (0.3, 0.35, 0.4, 0.45, 0.5, 0.55),
        "min_samples": (1, 2, 3, 5),
    }

    eps: float = option(
        0.5,
        "how near two faces of one person are; the article's, in dlib's unit",
        metavar="D",
        low=0,
        high=MAX_DISTANCE,
    )
    min_samples: int = option(5, "faces that make a dense place", metavar="N", low=1)

    def check(self) -> None:
        FusedClusterer.check(self)
        if not self.eps:
            raise UsageError("--eps 0: dbscan needs a distance above 0")

    def cluster(self, table: FaceTable, progress: Progress = no_progress) -> Clustering:
        from sklearn.cluster import DBSCAN  # here, so that the options can be listed without it
        from sklearn.exceptions import EfficiencyWarning

        def method(ordered: FaceTable) -> np.ndarray:
            if not len(ordered):
                return np.zeros(0, np.int64)
            links = FusedDistances(ordered, self).links(self.eps, self.name, progress)
            with warnings.catch_warnings():  # before 1.9, scikit-learn warns of the order in which it left the links
                warnings.simplefilter("ignore", EfficiencyWarning)
                return DBSCAN(eps=self.eps, min_samples=self.min_samples, metric="precomputed").fit_predict(links)

        return run_method(method, table, self, smallest=self.min_samples)
