"""Chinese whispers (Biemann, 2006): every face takes the label that most of its neighbours have.

The face clustering blog's second method, there as `dlib.chinese_whispers_clustering`, in which faces visit in random
order and the lowest label wins a draw. Here they visit in the order of their ids, and the nearest neighbour's label
wins, so that the same faces give the same people. Neighbours are the faces nearer than `--eps` (dlib's example uses
.5), each with one vote.
"""

import numpy as np

from facepipe.cluster.baselines import run_method
from facepipe.cluster.fusion import FusedDistances, Progress
from facepipe.records import Clustering, FaceTable
from facepipe.settings import ClusterSettings

EPS = 0.5  # the threshold of dlib's face clustering example
ROUNDS = 100  # dlib's default; it stops earlier when nothing changes


def chinese_whispers(table: FaceTable, settings: ClusterSettings, progress: Progress = None) -> Clustering:
    """Chinese whispers; settings: eps, weights, alpha, min_csize, merge_*, allow_duplicates.

    A face without neighbours is a person of its own. UsageError: too many neighbours for the memory.
    """

    eps = EPS if settings.eps is None else settings.eps

    def method(ordered: FaceTable) -> np.ndarray:
        links = FusedDistances(ordered, settings).links(eps, "chinese-whispers", progress, below=True)
        rows = zip(links.indptr[:-1], links.indptr[1:], strict=True)
        return _whisper([links.indices[a:b][np.argsort(links.data[a:b], kind="stable")] for a, b in rows])

    return run_method(method, table, settings)


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
