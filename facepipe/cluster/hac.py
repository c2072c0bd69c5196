"""Hierarchical clustering; by average linkage, its default, two clusters that share a frame never merge.

Without `--sim`: distances as they are, merging stops at `--eps`. With the default weights that is in dlib's unit, where
the same person is below .6; for single faces .55 to .60 splits least, on the labelled pictures it was tried on.
With `--sim`: person-clustering's own cut (the package imagecluster's): merging stops at (1 - sim) of the largest
distance, and alpha mixes image and time, each relative to its largest: (1 - alpha) * image + alpha * time.
With --allow-duplicates the result is SciPy's `linkage(..., "average")` cut by `fcluster(..., "distance")`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from facepipe.callbacks import Progress, no_progress
from facepipe.cluster.average import average_linkage
from facepipe.cluster.baselines import run_method
from facepipe.cluster.fusion import MAX_DISTANCE, FusedClusterer, FusedDistances
from facepipe.errors import UsageError
from facepipe.lazy import distance, hierarchy
from facepipe.options import option
from facepipe.records import Clustering
from facepipe.table import FaceTable


@dataclass(frozen=True, slots=True)
class Hac(FusedClusterer):
    """Hierarchical clustering. UsageError of `cluster`: more faces than a full distance matrix may take."""

    name: ClassVar[str] = "hac"
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {"eps": (0.35, 0.4, 0.45, 0.5, 0.55, 0.6), "min_csize": (1, 2, 3)}

    # Below dlib's threshold of .6 for a pair, because an average over pairs hides its far ones.
    eps: float = option(
        0.55, "mean distance at which merging stops, in dlib's unit", metavar="D", low=0, high=MAX_DISTANCE
    )
    sim: float | None = option(
        None, "stop at (1 - S) of the largest distance instead, as person-clustering does", metavar="S", low=0
    )
    linkage: str = option(
        "average",
        "how far apart two clusters are: by the mean, the largest or the smallest distance of their faces, or ward",
        choices=("average", "complete", "single", "ward"),
    )

    def check(self) -> None:
        FusedClusterer.check(self)
        if self.sim is not None and max(self.sim, self.alpha) > 1:
            raise UsageError(f"--sim {self.sim:g} --alpha {self.alpha:g}: with --sim both are shares, at most 1")
        if self.linkage == "ward" and (self.metric != "euclidean" or self.weights[1] or self.sim is not None):
            raise UsageError("--linkage ward needs Euclidean distances of faces alone: no --metric, --weights or --sim")

    def cluster(self, table: FaceTable, progress: Progress = no_progress) -> Clustering:
        threshold = self.eps

        def method(ordered: FaceTable) -> np.ndarray:
            nonlocal threshold
            if self.sim is None:
                distances = FusedDistances(ordered, self).matrix(self.name, progress)
            else:
                distances = _relative_distances(ordered, self, progress)
                threshold = (1 - self.sim) * float(distances.max(initial=0))
            if self.linkage != "average":
                return other_linkage(distances, threshold, self.linkage)
            if not self.allow_duplicates:
                frames = ordered.frame_codes()
                distances[frames[:, None] == frames[None, :]] = np.inf
            return average_linkage(distances, threshold)

        clustering = run_method(method, table, self)
        faces_alone = self.weights == (1.0, 0.0) and not self.alpha and self.metric == "euclidean"
        faces_alone &= self.linkage != "ward"  # its heights are no distances
        return replace(clustering, threshold=threshold * table.space.unit) if faces_alone else clustering


def _relative_distances(table: FaceTable, settings: FusedClusterer, progress: Progress) -> np.ndarray:
    """imagecluster's `calc.cluster`: the mix of image and time distances, each divided by its largest."""
    image = FusedDistances(table, replace(settings, alpha=0.0)).matrix("hac", progress)
    if settings.alpha > 0:
        moments = table.moments_s()
        time = np.abs(moments[:, None] - moments[None, :]).astype(np.float32)
        for part, weight in ((image, 1 - settings.alpha), (time, settings.alpha)):
            part *= weight / (float(part.max(initial=0)) or 1.0)
        image += time
    return image


def other_linkage(distances: np.ndarray, threshold: float, linkage: str) -> np.ndarray:
    """Clusters of SciPy's `linkage` (complete, single or ward) cut by `fcluster(..., "distance")`: int (n,).

    distances: float32 (n, n), symmetric. Faces of one frame are parted afterwards, as for the other baselines.
    """
    if len(distances) < 2:
        return np.arange(len(distances))
    tree = hierarchy.linkage(distance.squareform(distances, checks=False), linkage)
    return hierarchy.fcluster(tree, threshold, "distance")
