"""Average linkage of thousands of vectors with cannot-link constraints, exact, without a distance matrix.

The mean squared distance between the members of two groups A and B is known from their means c and variances v alone:

    mean |x - y|^2  =  |c_A - c_B|^2 + v_A + v_B

so a group needs one vector and one number, whatever its size. Each unit also carries a radius r (a squared distance):
two groups may join while their mean squared distance is below r_A + r_B. What is compared is therefore the excess

    X(A, B)  =  |c_A - c_B|^2 + (v_A - r_A) + (v_B - r_B)

and merging stops when no excess is negative. The linkage is reducible (a union is never nearer to a third group than
the nearer part was), so all pairs that are each other's nearest can be joined at once, in rounds, with the result that
joining the nearest pair one at a time gives (Müllner 2011, arXiv:1109.2378); and a group whose nearest has a
non-negative excess is finished for good.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from facepipe.callbacks import Progress, no_progress
from facepipe.cluster import constraints
from facepipe.distances import row_blocks, squared


@dataclass(eq=False)
class Groups:
    """Groups of vectors, summed up. mean: float32 (n, d). variance, radius, weight: float64 (n,)."""

    mean: np.ndarray
    variance: np.ndarray
    radius: np.ndarray
    weight: np.ndarray

    @classmethod
    def of_vectors(cls, vectors: np.ndarray, radius: np.ndarray, weight: np.ndarray) -> "Groups":
        """Every vector a group of its own."""
        n = len(vectors)
        columns = (np.array(np.broadcast_to(column, n), np.float64) for column in (0.0, radius, weight))
        return cls(np.array(vectors, np.float32), *columns)

    def __len__(self) -> int:
        return len(self.mean)

    def take(self, rows: np.ndarray) -> "Groups":
        return Groups(self.mean[rows], self.variance[rows], self.radius[rows], self.weight[rows])

    def pooled(self, label: np.ndarray, count: int) -> "Groups":
        """The groups made of all that share a label 0..count-1; label: int (n,)."""
        weight = np.bincount(label, self.weight, count)
        share = self.weight / weight[label]
        member = sparse.csr_matrix((share, (label, np.arange(len(label)))), shape=(count, len(label)))
        mean = (member @ self.mean.astype(np.float64)).astype(np.float32)
        step = self.mean - mean[label]
        inside = self.variance + np.einsum("ij,ij->i", step, step)
        return Groups(mean, member @ inside, member @ self.radius, weight)

    def join(self, a: np.ndarray, b: np.ndarray) -> None:
        """Group a[i] becomes the union of a[i] and b[i]; b[i] is left as it was."""
        share = self.weight[b] / (self.weight[a] + self.weight[b])
        step = self.mean[b] - self.mean[a]
        apart = np.einsum("ij,ij->i", step, step, dtype=np.float64)
        self.variance[a] += share * (self.variance[b] - self.variance[a]) + share * (1 - share) * apart
        self.radius[a] += share * (self.radius[b] - self.radius[a])
        self.mean[a] += share[:, None].astype(np.float32) * step
        self.weight[a] += self.weight[b]

    def mean_squared(self, other: "Groups") -> np.ndarray:
        """Mean squared distance between the members of every group here and of every group there: float32 (n, m)."""
        spread = self.variance[:, None] + other.variance[None, :]
        return squared(self.mean, other.mean) + spread.astype(np.float32)


@dataclass(frozen=True, eq=False)
class Merged:
    """labels: int (n,), 0.. in order of the first unit. groups: what each label holds. first_join: float (n,), the
    mean squared distance at which a unit stopped being alone (nan where it still is)."""

    labels: np.ndarray
    groups: Groups
    first_join: np.ndarray


def average_linkage(units: Groups, cannot: sparse.csr_matrix, progress: Progress = no_progress) -> Merged:
    """Join `units` until no two groups that may join have a negative excess.

    cannot: bool (n, n), symmetric: units that never share a group. The result does not depend on thread count; ties
    go to the lower index. Takes about 1.1 KB a unit and one block of distances.
    """
    groups = units.take(np.arange(len(units)))
    owner = np.arange(len(units))  # of each unit: the row of its group
    first_join = np.full(len(units), np.nan)
    active = np.arange(len(units))  # rows of the groups that may still join
    nearest = np.full(len(units), -1)
    excess = np.zeros(len(units))
    stale = active
    while len(active):
        _find_nearest(groups, active, stale, cannot, nearest, excess)
        active = active[excess[active] < 0]
        a, b = _reciprocal(active, nearest, excess)
        if not len(a):
            break
        at = np.maximum(excess[a] + groups.radius[a] + groups.radius[b], 0)  # rounding may end below
        for rows in (a, b):
            alone = np.isnan(first_join[rows])
            first_join[rows[alone]] = at[alone]
        groups.join(a, b)
        owner_of = np.arange(len(units))
        owner_of[b] = a
        owner = owner_of[owner]
        active = np.setdiff1d(active, b)
        if cannot.nnz:
            cannot = constraints.merge(cannot, owner_of, len(units))
        changed = np.zeros(len(units), bool)
        changed[a] = changed[b] = True
        stale = active[changed[active] | changed[nearest[active]]]
        progress(len(units) - len(active), len(units))
    rows, labels = np.unique(owner, return_inverse=True)
    return Merged(labels, groups.take(rows), first_join)


def _find_nearest(groups, active, rows, cannot, nearest, excess) -> None:
    """Set `nearest` and `excess` of `rows` to the group of `active` with the smallest excess."""
    mean = groups.mean[active]
    own = np.einsum("ij,ij->i", mean, mean) + (groups.variance - groups.radius)[active].astype(np.float32)
    right = np.concatenate([mean, own[:, None]], axis=1)
    position = np.full(len(groups), -1)
    position[active] = np.arange(len(active))
    for block in row_blocks(len(rows), len(active)):
        here = rows[block]
        left = np.concatenate([-2 * groups.mean[here], np.ones((len(here), 1), np.float32)], axis=1)
        table = left @ right.T  # the excess, but for the row's own part
        table[np.arange(len(here)), position[here]] = np.inf
        if cannot.nnz:
            forbidden = cannot[here].tocoo()
            column = position[forbidden.col]
            table[forbidden.row[column >= 0], column[column >= 0]] = np.inf
        best = table.argmin(1)
        nearest[here] = active[best]
        excess[here] = table[np.arange(len(here)), best] + own[position[here]]


def _reciprocal(active: np.ndarray, nearest: np.ndarray, excess: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs (a < b) that are each other's nearest. Rounding can make a ring of ties; then its best pair."""
    mutual = active[(nearest[nearest[active]] == active) & (active < nearest[active])]
    if len(mutual) or not len(active):
        return mutual, nearest[mutual]
    best = active[np.argmin(excess[active])]
    pair = sorted((int(best), int(nearest[best])))
    return np.array(pair[:1]), np.array(pair[1:])
