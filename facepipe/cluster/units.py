"""What is clustered: tracks and single faces, each summed up by one vector."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from facepipe.cluster import constraints
from facepipe.cluster.baselines import number_by_first_row
from facepipe.cluster.calibrate import Spread, calibrated
from facepipe.cluster.linkage import Groups
from facepipe.table import FaceTable

WEAK_QUALITY = 0.3  # below it every second face lies nearer to somebody else (damaged labelled pictures)
MAX_CERTAIN_PAIRS = 20_000  # pairs of one frame that calibration looks at, spread evenly over all


@dataclass(frozen=True, eq=False)
class Units:
    """m units over n faces.

    of_face: int (n,), the unit of each face, 0..m-1. faces: int (m,), how many faces each has. mean: float32 (m, 128),
    weighted by quality. pictures: float (m,), how many equally good, different pictures that mean is worth. weak: bool
    (m,), whether the mean's quality, that of its faces
    weighted like them, is below WEAK_QUALITY. cannot: csr bool (m, m), seen in one frame. spread: the calibrated model.
    """

    of_face: np.ndarray
    faces: np.ndarray
    mean: np.ndarray
    pictures: np.ndarray
    weak: np.ndarray
    cannot: sparse.csr_matrix
    spread: Spread

    @property
    def radius(self) -> np.ndarray:
        """Half the squared distance at which two units of this many pictures join: float (m,)."""
        return self.spread.cut(self.pictures) / 2

    def groups(self) -> Groups:
        """Every unit a group of its own; its weight is how exactly its mean is known."""
        return Groups.of_vectors(self.mean, self.radius, 1 / self.spread.same(self.pictures))


def make_units(table: FaceTable, track: np.ndarray, allow_duplicates: bool = False) -> Units:
    """The units of a table of one face or more, numbered by the row of their first face; track: int (n,), -1: none."""
    copies = _copies(table)
    of_face = number_by_first_row(np.where(track >= 0, track, int(track.max(initial=-1)) + 1 + copies))
    m = int(of_face.max(initial=-1)) + 1
    weight = np.maximum(table.quality, 1e-3).astype(np.float64)
    weight[_repeated(of_face, copies)] = 0
    total, squares = (np.bincount(of_face, w, m) for w in (weight, weight**2))
    member = sparse.csr_matrix((weight / total[of_face], (of_face, np.arange(len(table)))), shape=(m, len(table)))
    mean = (member @ table.embedding.astype(np.float64)).astype(np.float32)
    pictures = total**2 / squares
    weak = squares / total < WEAK_QUALITY
    cannot = constraints.none(m) if allow_duplicates else constraints.same_frame(table.frame_codes(), of_face, m)
    spread = _calibrate(table, of_face, mean, pictures, weight, weak, cannot)
    return Units(of_face, np.bincount(of_face, minlength=m), mean, pictures, weak, cannot, spread)


def _copies(table: FaceTable) -> np.ndarray:
    """A number a face, equal for exact copies (of a picture that is there twice), never for two faces of one frame."""
    _, same = np.unique(
        table.embedding.view(np.dtype((np.void, table.embedding.itemsize * table.embedding.shape[1]))).ravel(),
        return_inverse=True,
    )
    order = np.lexsort((np.arange(len(same)), table.frame_codes(), same))
    pair = np.stack([same, table.frame_codes()])[:, order]
    again = np.r_[False, (np.diff(pair, axis=1) == 0).all(0)] if len(same) else np.zeros(0, bool)
    out = same.copy()
    out[order[again]] = len(same) + np.arange(again.sum())
    return out


def _repeated(of_face: np.ndarray, copies: np.ndarray) -> np.ndarray:
    """Whether a face is a second copy inside its unit: bool (n,)."""
    _, first = np.unique(np.stack([of_face, copies]), axis=1, return_index=True)
    out = np.ones(len(of_face), bool)
    out[first] = False
    return out


def _calibrate(table, of_face, mean, pictures, weight, weak, cannot) -> Spread:
    """The spread that fits the table's own tracks and frames; weak units do not vote."""
    apart = table.embedding - mean[of_face]
    deviation = np.bincount(of_face, weight * np.einsum("ij,ij->i", apart, apart), len(mean))
    deviation /= np.bincount(of_face, weight, len(mean))
    several = ~weak & (pictures > 1.5)
    track_variance = 2 * deviation[several] * pictures[several] / (pictures[several] - 1)
    pairs = sparse.triu(cannot, format="coo")
    a, b = pairs.row, pairs.col
    strong = np.flatnonzero(~weak[a] & ~weak[b])
    strong = strong[np.linspace(0, len(strong) - 1, min(len(strong), MAX_CERTAIN_PAIRS)).astype(np.int64)]
    a, b = a[strong], b[strong]
    step = mean[a] - mean[b]
    harmonic = 2 / (1 / pictures[a] + 1 / pictures[b])
    return calibrated(track_variance, np.einsum("ij,ij->i", step, step), harmonic)
