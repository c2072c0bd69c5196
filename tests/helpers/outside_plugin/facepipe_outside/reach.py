"""A clusterer: faces within reach of each other are one person, and so is who is within reach of one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.sparse.csgraph import connected_components

from facepipe.callbacks import Progress, no_progress
from facepipe.cluster.baselines import run_method
from facepipe.cluster.fusion import FusedClusterer, FusedDistances
from facepipe.options import option
from facepipe.records import Clustering
from facepipe.table import FaceTable


@dataclass(frozen=True, slots=True)
class Reach(FusedClusterer):
    """Single linkage cut at a distance."""

    name: ClassVar[str] = "outside-reach"
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {"reach": (0.3, 0.5, 0.7)}

    reach: float = option(0.5, "how far a face reaches", metavar="D", low=0)

    def cluster(self, table: FaceTable, progress: Progress = no_progress) -> Clustering:
        def method(ordered: FaceTable) -> np.ndarray:
            links = FusedDistances(ordered, self).links(self.reach, self.name, progress)
            links.data += 1  # a distance of 0 is a link too
            return connected_components(links, directed=False)[1]

        return run_method(method, table, self)
