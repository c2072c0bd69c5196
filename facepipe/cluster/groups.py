"""Groups of units, summed up, and the evidence for joining two of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from facepipe.cluster import constraints
from facepipe.cluster.blocks import sums
from facepipe.cluster.calibrate import nearer_by_unit
from facepipe.cluster.priors import Priors
from facepipe.cluster.units import Units
from facepipe.lazy import sparse
from facepipe.likeness import Likeness

SEVERAL = -2  # instead of the one source of a group


@dataclass(eq=False)
class Groups:
    """Groups of units.

    mean: float (n, d), the units' vectors weighted by 1 / noise. noise: float64 (n,), what is left of it in the mean.
    stretch: float64 (n,), by how much its vectors are longer than the directions that they were made of. nearer:
    float64 (n,), see calibrate.py. sources, shots: csr float32 (n, k), 1 where a group has a unit; source 0 is the
    album. person: int (n,), who it was said to be, -1 where nothing was said; two of these are never joined.
    """

    mean: np.ndarray
    noise: np.ndarray
    stretch: np.ndarray
    nearer: np.ndarray
    sources: sparse.csr_matrix
    shots: sparse.csr_matrix
    person: np.ndarray

    @classmethod
    def of_units(cls, units: Units, likeness: Likeness) -> Groups:
        """Every unit a group of its own."""
        return cls(
            units.mean,
            units.noise,
            units.stretch,
            nearer_by_unit(units, likeness),
            _seen_in(units.source + 1),
            _seen_in(units.shot),
            units.person,
        )

    def __len__(self) -> int:
        return len(self.mean)

    def take(self, rows: np.ndarray) -> Groups:
        columns = (self.noise, self.stretch, self.nearer, self.sources, self.shots, self.person)
        return Groups(self.mean[rows].astype(np.float32, copy=False), *(column[rows] for column in columns))

    def pooled(self, label: np.ndarray, count: int) -> Groups:
        """The groups made of all that share a label 0..count-1; label: int (n,), -1: in none."""
        inside = np.flatnonzero(label >= 0)
        label, weight = label[inside], 1 / self.noise[inside]
        person = np.full(count, -1)
        np.maximum.at(person, label, self.person[inside])
        total = np.bincount(label, weight, count)
        share = sparse.csr_matrix((weight / total[label], (label, inside)), shape=(count, len(self)))
        member = sparse.csr_matrix((np.ones(len(label), np.float32), share.indices, share.indptr), shape=share.shape)
        several, first = np.flatnonzero(np.diff(share.indptr) > 1), np.zeros(count, np.int64)
        first[label] = inside
        mean = self.mean[first].astype(np.float32, copy=False)  # most are of one group alone
        for block, whole in sums(share[several], lambda rows: self.mean[rows].astype(np.float32, copy=False)):
            mean[several[block]] = whole
        return Groups(
            mean,
            1 / total,
            share @ self.stretch,
            share @ self.nearer,
            _once(member @ self.sources),
            _once(member @ self.shots),
            person,
        )

    def directions(self, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """The means, or those of some rows, at length 1, or 0: float32 (k, d)."""
        mean = self.mean[rows]
        return mean / np.maximum(np.linalg.norm(mean, axis=1), np.float32(1e-9))[:, None]

    def agreement(self) -> np.ndarray:
        """The length of the mean of each group's directions: float64 (n,), 1 where all of them are the same."""
        return np.linalg.norm(self.mean, axis=1).astype(np.float64) / self.stretch

    def only_source(self) -> np.ndarray:
        """The source of groups that have one: int (n,)."""
        count = np.diff(self.sources.indptr)
        return np.where(count == 1, self.sources.indices[self.sources.indptr[:-1]] if len(self) else 0, SEVERAL)


def evidence(
    left: Groups, right: Groups, i: np.ndarray, j: np.ndarray, cosine: np.ndarray, likeness: Likeness
) -> np.ndarray:
    """What the vectors of pairs say, in nats, before the odds: float64 (p,)."""
    reliability = likeness.reliability(left.noise)[i] * likeness.reliability(right.noise)[j]
    return likeness.evidence(cosine, reliability, np.minimum(left.nearer[i], right.nearer[j]))


def odds_against(left: Groups, right: Groups, i: np.ndarray, j: np.ndarray, priors: Priors) -> np.ndarray:
    """Log odds against one person of any pairs, before looking: of the smallest place that both were seen in."""
    return np.minimum(against(left, right, i, j, priors), in_shot(left, right, i, j, priors))


def least_cosine(groups: Groups, rows: np.ndarray, priors: Priors) -> np.ndarray:
    """The cosine that the row's most favourable source asks for: float32 (rows,)."""
    cosine = np.full(len(rows), priors.cosine)
    own = groups.sources[rows].tocoo()
    np.minimum.at(cosine, own.row, priors.source_cosine[own.col])
    return cosine.astype(np.float32)


def against(left: Groups, right: Groups, i: np.ndarray, j: np.ndarray, priors: Priors) -> np.ndarray:
    """Log odds against, by the sources that both were seen in."""
    if not priors.local or not len(i):
        return np.full(len(i), priors.everywhere)
    return priors.everywhere - _most_shared(left.sources[i], right.sources[j], priors.everywhere - priors.source)


def in_shot(left: Groups, right: Groups, i: np.ndarray, j: np.ndarray, priors: Priors) -> np.ndarray:
    """Log odds against, by the shots that both were seen in; those of `everywhere` where there is none."""
    if not len(i) or not len(priors.shot):
        return np.full(len(i), priors.everywhere)
    return priors.everywhere - _most_shared(left.shots[i], right.shots[j], priors.everywhere - priors.shot)


def _most_shared(left: sparse.csr_matrix, right: sparse.csr_matrix, gain: np.ndarray) -> np.ndarray:
    """The largest gain of the columns that are not zero in both rows, 0 without one: float64 (p,)."""
    both = left.multiply(right).tocsr()
    both.data = gain[both.indices]
    return np.maximum(np.asarray(both.max(axis=1).todense(), np.float64).reshape(-1), 0)


def _seen_in(place: np.ndarray) -> sparse.csr_matrix:
    """One row a unit, one column a place; units with -1 have none."""
    return constraints.membership(place, int(place.max(initial=-1)) + 1)


def _once(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    out = counts.tocsr()
    out.data[:] = 1
    return out
