"""One distance from face, clothing and time: the baselines' fusion of features, and their distances in blocks.

Three baselines meet here, each exact when its settings are given:
- the DBSCAN article and the face clustering blog compare dlib's 128 numbers as they are (weights 1,0): distances in
  dlib's unit, the same person below 0.6; to that the embeddings of other encoders are brought (`EmbeddingSpace.unit`);
- person-clustering brings face and clothing to norm 1 each, multiplies them by `--weights`, and joins them to one
  vector of 256 numbers, compared by Euclidean distance;
- `--alpha` makes a second of time count that much in the same distance. (The first version of person-clustering mixes
  time in relative to the longest distances instead: that is part of `hac --sim`, see hac.py.)

person-clustering has no answer for a face without clothing. Here a pair of which one lacks it is compared by face
alone, at the scale of the others: its clothing counts as being as far apart as the faces are. With a face weight of 0
there is nothing left to compare; `has_evidence` tells such faces, which every method leaves unknown.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from facepipe.callbacks import Progress, no_progress
from facepipe.contracts import Clusterer
from facepipe.distances import squared
from facepipe.errors import UsageError
from facepipe.lazy import distance, sparse
from facepipe.options import numbers, option
from facepipe.table import FaceTable

MAX_MATRIX_BYTES = 512 << 20  # 11,585 faces as one float32 matrix
MAX_LINKS = 32_000_000  # an index and a distance each, three times over while DBSCAN works: under 1 GB
MAX_WEIGHT = 1_000_000  # with more nothing else counts, and what is compared, squared, is no number any more
MAX_DISTANCE = 1e30  # more than any, and what float32 can hold
BLOCK_CELLS = 4_000_000  # distances computed at once (float64: 32 MB)


@dataclass(frozen=True, slots=True)
class FusedClusterer(Clusterer):
    """What the baselines' methods have in common: one vector of face, clothing and time, and clusters that merge."""

    weights: tuple[float, float] = option(
        (1.0, 0.0), "face and clothing weight in one vector", metavar="F,C", parse=numbers(",", float, 2, "1.0,0.5")
    )
    alpha: float = option(0.0, "weight of a second of time in the vector", metavar="A", low=0, high=MAX_WEIGHT)
    metric: str = option("euclidean", "how vectors are compared", choices=("euclidean", "cosine", "cityblock"))
    merge_face: float = option(0.0, "merge people whose mean faces are nearer than this (0: off)", metavar="D", low=0)
    merge_cloth: float = option(0.0, "... or whose mean clothing is nearer than this", metavar="D", low=0)
    merge_iterations: int = option(1, "how often people are merged", metavar="N", low=0)

    def check(self) -> None:
        if min(self.weights) < 0 or sum(self.weights) <= 0:
            raise UsageError(f"--weights {self.weights[0]},{self.weights[1]}: must not be negative, nor both zero")
        if any(weight and not 1 / MAX_WEIGHT <= weight <= MAX_WEIGHT for weight in self.weights):
            most = f"must be 0, or from {1 / MAX_WEIGHT:f} to {MAX_WEIGHT}"
            raise UsageError(f"--weights {self.weights[0]},{self.weights[1]}: each {most}")


def unit(vectors: np.ndarray) -> np.ndarray:
    """`vectors` (n, d) brought to norm 1, float64; a vector of zeros stays one."""
    vectors = np.asarray(vectors, np.float64)
    norm = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, norm, out=np.zeros_like(vectors), where=norm > 0)


def fuse(table: FaceTable, settings: FusedClusterer) -> np.ndarray:
    """The baselines' vector of every face: float32 (n, d).

    Clothing weight 0: the embedding in dlib's unit, not normalised, times the face weight. Otherwise face and clothing
    of norm 1, each times its weight; the clothing part is zeros where `has_cloth` is False. With alpha above 0 one more
    number, alpha * moments_s.
    """
    return np.concatenate(_parts(table, settings), 1).astype(np.float32)


def _parts(table: FaceTable, settings: FusedClusterer) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Face, clothing and time, each weighed: float64 (n, d), (n, 128 or 0), (n, 1 or 0)."""
    face_weight, cloth_weight = settings.weights
    n = len(table)
    face, cloth = table.embedding.astype(np.float64) / table.space.unit, np.zeros((n, 0))
    if cloth_weight > 0:
        face, cloth = unit(table.embedding), unit(table.cloth * table.has_cloth[:, None]) * cloth_weight
    time = settings.alpha * table.moments_s()[:, None] if settings.alpha > 0 else np.zeros((n, 0))
    return face * face_weight, cloth, time


def has_evidence(table: FaceTable, settings: FusedClusterer) -> np.ndarray:
    """Which faces can be compared at all: all, or those with clothing when the face weight is 0. bool (n,)."""
    return table.has_cloth | (settings.weights[0] > 0)


class FusedDistances:
    """Distances between the fused faces, computed block by block in float64, returned as float32.

    Euclidean, or by `settings.metric` between the vectors of `fuse`, in which missing clothing is zeros. The table's
    faces must have evidence (`has_evidence`).
    """

    def __init__(self, table: FaceTable, settings: FusedClusterer) -> None:
        face_weight, cloth_weight = settings.weights
        self._face, self._cloth, self._time = _parts(table, settings)
        self._missing = ~table.has_cloth if cloth_weight > 0 else np.zeros(len(table), bool)
        self._stand_in = (cloth_weight / face_weight) ** 2 if face_weight > 0 else 0.0
        self._metric = settings.metric

    def __len__(self) -> int:
        return len(self._face)

    @property
    def is_euclidean(self) -> bool:
        """Whether the Euclidean distances of the vectors of `fuse` are the same: no face lacks clothing that counts."""
        return self._metric == "euclidean" and not self._missing.any()

    def rows(self, start: int, stop: int) -> np.ndarray:
        """Distances of the faces start..stop-1 to all: float32 (stop - start, n), 0 from a face to itself."""
        if self._metric != "euclidean":
            whole = np.concatenate([self._face, self._cloth, self._time], 1)
            apart = distance.cdist(whole[start:stop], whole, self._metric)
            return np.nan_to_num(apart, nan=1.0).astype(np.float32)  # no angle to a vector of zeros
        square = _squares(self._face, start, stop)
        if self._cloth.shape[1]:
            cloth = _squares(self._cloth, start, stop)
            if self._missing.any():
                either = self._missing[start:stop, None] | self._missing[None, :]
                cloth[either] = square[either] * self._stand_in
            square += cloth
        if self._time.shape[1]:
            square += (self._time[start:stop] - self._time[:, 0]) ** 2
        np.sqrt(square, out=square)
        return square.astype(np.float32)

    def blocks(self, progress: Progress = no_progress) -> Iterator[tuple[int, int, np.ndarray]]:
        """(start, stop, rows(start, stop)) for all faces in order; progress counts faces."""
        n = len(self)
        step = max(1, BLOCK_CELLS // max(1, n))
        for start in range(0, n, step):
            stop = min(n, start + step)
            yield start, stop, self.rows(start, stop)
            progress(stop, n)

    def matrix(self, method: str, progress: Progress = no_progress, *, pair_bytes: int = 4) -> np.ndarray:
        """All of them, float32 (n, n).

        pair_bytes: what the method will hold a pair, this matrix included. UsageError, before any memory is taken,
        where that is more than `MAX_MATRIX_BYTES`.
        """
        n = len(self)
        if pair_bytes * n * n > MAX_MATRIX_BYTES:
            most = int((MAX_MATRIX_BYTES / pair_bytes) ** 0.5)
            raise UsageError(
                f"--cluster {method} compares all faces: {n:,} need {pair_bytes * n * n / 2**30:.1f} GB, "
                f"it is meant for up to {most:,}; use --cluster people"
            )
        out = np.empty((n, n), np.float32)
        for start, stop, block in self.blocks(progress):
            out[start:stop] = block
        return out

    def links(
        self, radius: float, method: str, progress: Progress = no_progress, *, below: bool = False
    ) -> "sparse.csr_matrix":
        """The pairs (i, j), i != j, at most `radius` apart (or less than it, with `below`): float32 CSR (n, n).

        A distance of 0 is stored as a link too. UsageError where there are more than `MAX_LINKS`.
        """
        n, total = len(self), 0
        columns, values, counts = [], [], np.zeros(n + 1, np.int64)
        for start, stop, block in self.blocks(progress):
            near = block < radius if below else block <= radius
            near[np.arange(stop - start), np.arange(start, stop)] = False
            counts[start + 1 : stop + 1] = near.sum(1)
            total += int(counts[start + 1 : stop + 1].sum())
            if total > MAX_LINKS:
                raise UsageError(
                    f"--cluster {method}: over {MAX_LINKS:,} pairs of the {n:,} faces are nearer than {radius:g}; "
                    "use a smaller --eps, or --cluster people"
                )
            columns.append(np.nonzero(near)[1].astype(np.int32))
            values.append(block[near])
        empty = np.zeros(0, np.int32), np.zeros(0, np.float32)
        columns, values = (np.concatenate([empty[k], *part]) for k, part in enumerate((columns, values)))
        return sparse.csr_matrix((values, columns, np.cumsum(counts)), shape=(n, n))


def _squares(vectors: np.ndarray, start: int, stop: int) -> np.ndarray:
    """Squared Euclidean distances of some rows to all: float64 (stop - start, n), exactly 0 for equal rows."""
    out = squared(vectors[start:stop], vectors, np.float64)
    out[out < 1e-12] = 0  # what rounding leaves of equal rows; no two pictures give vectors this near
    return out
