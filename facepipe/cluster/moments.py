"""Units of one moment: clothing counts only where it cannot have changed.

Inside a shot, or within seconds, two units are compared by the smaller of two distances, both squared:

    face                             and        (1 - CLOTH_SHARE) face + CLOTH_SHARE * cloth * cut_face / cut_cloth

so clothing can bring together, never apart, and no more than CLOTH_SHARE allows. Whether clothing tells people apart in
this clip is measured on its certain pairs first: everybody in uniform means that it is left out.
"""

import numpy as np

from facepipe.cluster.calibrate import equally_likely
from facepipe.cluster.hac import average_linkage
from facepipe.cluster.units import MAX_CERTAIN_PAIRS, Units
from facepipe.distances import squared
from facepipe.table import FaceTable

CLOTH_SHARE = 0.25
SAME_MOMENT_S = 10.0  # nobody changes clothes between two shots so near
MIN_CERTAIN = 5  # certain pairs of each kind without which clothing is not trusted
MIN_SEPARATION = 2.0  # different people's clothing lies farther apart by this factor (squared), or it is left out
MAX_BLOCK = 500  # units compared at once; a longer moment is cut between shots


def join_moments(table: FaceTable, units: Units, strong: np.ndarray) -> np.ndarray:
    """The group of every unit of `strong`: int (len(strong),), 0.. in order of the first unit."""
    group = np.arange(len(strong))
    if not table.has_cloth.any():
        return group
    cloth = _Clothing(table, units, strong)
    if not cloth.usable:
        return group
    for block in _blocks(cloth):
        excess = cloth.excess(block)
        labels = average_linkage(excess, 0.0)
        first = np.full(labels.max() + 1, len(strong))
        np.minimum.at(first, labels, block)
        group[block] = first[labels]
    return np.unique(group, return_inverse=True)[1]


class _Clothing:
    """Mean clothing and whereabouts of the units `strong`, in their order, and how well clothing tells people apart."""

    def __init__(self, table: FaceTable, units: Units, strong: np.ndarray) -> None:
        position = np.full(len(units.mean), -1)
        position[strong] = np.arange(len(strong))
        of_face = position[units.of_face]
        rows = np.flatnonzero(of_face >= 0)
        k, of_face = len(strong), of_face[rows]
        self.source, self.shot = np.zeros((2, k), np.int64)
        self.source[of_face] = np.unique(table.source, return_inverse=True)[1][rows]
        self.shot[of_face] = table.shot[rows]
        self.start, self.end = np.full(k, np.inf), np.full(k, -np.inf)
        np.minimum.at(self.start, of_face, table.time_s[rows])
        np.maximum.at(self.end, of_face, table.time_s[rows])
        self.mean, self.radius = units.mean[strong], units.radius[strong]
        self.cannot = units.cannot[strong][:, strong]
        dressed = table.has_cloth[rows]
        rows, of_face = rows[dressed], of_face[dressed]
        self.count = np.bincount(of_face, minlength=k)
        total = np.zeros((k, table.cloth.shape[1]))
        np.add.at(total, of_face, table.cloth[rows])
        self.cloth = (total / np.maximum(self.count, 1)[:, None]).astype(np.float32)
        self.cut = self._cut(table.cloth[rows], of_face, units.spread.same(1) + units.spread.between)

    @property
    def usable(self) -> bool:
        return self.cut > 0

    def _cut(self, cloth: np.ndarray, of_face: np.ndarray, far: float) -> float:
        """The squared clothing distance at which one person and two are equally likely; 0 when it does not tell."""
        apart = cloth - self.cloth[of_face]
        spread = np.bincount(of_face, np.einsum("ij,ij->i", apart, apart), len(self.count))
        several = self.count >= 2
        same = 2 * spread[several] / (self.count[several] - 1)
        different = [_apart(self.cloth, *self._dressed(*self.cannot.nonzero()))]
        for block in _blocks(self):
            a, b = np.nonzero(squared(self.mean[block], self.mean[block]) > far)
            different.append(_apart(self.cloth, *self._dressed(block[a], block[b])))
        different = np.concatenate(different)
        if min(len(same), len(different)) < MIN_CERTAIN:
            return 0.0
        same, different = float(np.median(same)), float(np.median(different))
        return float(equally_likely(same, different - same)) if different > MIN_SEPARATION * same else 0.0

    def _dressed(self, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The pairs (a < b) of which both have clothing."""
        keep = (a < b) & (self.count[a] > 0) & (self.count[b] > 0)
        keep = np.flatnonzero(keep)[:: max(1, keep.sum() // MAX_CERTAIN_PAIRS)]
        return a[keep], b[keep]

    def excess(self, block: np.ndarray) -> np.ndarray:
        """How far each pair of units of a block lies above its cut: float32 (b, b), inf where it may not join."""
        face = squared(self.mean[block], self.mean[block])
        cut = (self.radius[block][:, None] + self.radius[block]).astype(np.float32)
        cloth = squared(self.cloth[block], self.cloth[block]) / self.cut * cut
        gap = np.maximum(self.start[block][:, None] - self.end[block], self.start[block] - self.end[block][:, None])
        shot = self.shot[block]
        near = (shot[:, None] == shot) | (gap <= SAME_MOMENT_S)
        near &= (self.count[block][:, None] > 0) & (self.count[block] > 0)
        both = np.where(near, (1 - CLOTH_SHARE) * face + CLOTH_SHARE * cloth, np.inf)
        out = np.minimum(face, both) - cut
        out[self.cannot[block][:, block].toarray()] = np.inf
        return out


def _apart(vectors: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    step = vectors[a] - vectors[b]
    return np.einsum("ij,ij->i", step, step)


def _blocks(where: _Clothing) -> list[np.ndarray]:
    """Positions of units that one moment, or a chain of moments, may bring together; at most MAX_BLOCK each."""
    order = np.lexsort((where.shot, where.start, where.source))
    blocks, current, end = [], [], -np.inf
    for i in order.tolist():
        if current:
            last = current[-1]
            new_shot = where.shot[i] != where.shot[last]
            apart = where.source[i] != where.source[last] or (new_shot and where.start[i] > end + SAME_MOMENT_S)
            if apart or len(current) >= MAX_BLOCK or (new_shot and len(current) >= MAX_BLOCK // 2):
                blocks.append(np.array(current))
                current, end = [], -np.inf
        current.append(i)
        end = max(end, where.end[i])
    if current:
        blocks.append(np.array(current))
    return [block for block in blocks if where.end[block].max() > where.start[block].min()]  # more than one frame
