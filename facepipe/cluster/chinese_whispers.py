"""Chinese whispers (Biemann, 2006): every face takes the label that most of its neighbours have.

The face clustering blog's second method, there as `dlib.chinese_whispers_clustering`, in which faces visit in random
order and the lowest label wins a draw. Here they visit in the order of their ids, and the nearest neighbour's label
wins, so that the same faces give the same people. Neighbours are the faces nearer than `--eps` (dlib's example uses
.5), each with one vote.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from facepipe.callbacks import Progress, no_progress
from facepipe.cluster.baselines import run_method
from facepipe.cluster.fusion import MAX_DISTANCE, FusedClusterer, FusedDistances
from facepipe.options import option
from facepipe.records import Clustering
from facepipe.table import FaceTable

ROUNDS = 100  # dlib's default; it stops earlier when nothing changes


@dataclass(frozen=True, slots=True)
class ChineseWhispers(FusedClusterer):
    """Chinese whispers. A face without neighbours is a person of its own.

    UsageError of `cluster`: too many neighbours for the memory.
    """

    name: ClassVar[str] = "chinese-whispers"
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {"eps": (0.35, 0.4, 0.45, 0.5, 0.55)}

    eps: float = option(
        0.5,
        "how near neighbours are; the threshold of dlib's example, in its unit",
        metavar="D",
        low=0,
        high=MAX_DISTANCE,
    )

    def cluster(self, table: FaceTable, progress: Progress = no_progress) -> Clustering:
        def method(ordered: FaceTable) -> np.ndarray:
            links = FusedDistances(ordered, self).links(self.eps, self.name, progress, below=True)
            rows = zip(links.indptr[:-1], links.indptr[1:], strict=True)
            return _whisper([links.indices[a:b][np.argsort(links.data[a:b], kind="stable")] for a, b in rows])

        return run_method(method, table, self)


def _whisper(neighbours: list[np.ndarray]) -> np.ndarray:
    """The labels when nothing changes any more, or after `ROUNDS`. neighbours: of each face, the nearest first."""
    labels = np.arange(len(neighbours))
    for _ in range(ROUNDS):
        before = labels.copy()
        for face, near in enumerate(neighbours):
            if len(near):
                _, label, votes = np.unique(labels[near], return_inverse=True, return_counts=True)
                labels[face] = labels[near[votes[label].argmax()]]
        if np.array_equal(before, labels):
            break
    return labels
