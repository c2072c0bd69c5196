"""Metrics of how well a labelling agrees with the truth. Pure functions of label arrays.

They take integer labels of equal length, the true people and the found ones, without unknown faces, and give nan where
there is no face to judge.
"""

import math
from dataclasses import dataclass

import numpy as np

from facepipe.lazy import special
from facepipe.records import UNKNOWN


@dataclass(frozen=True, slots=True, eq=False)
class Contingency:
    """How many faces each true person shares with each found one, where they share any.

    true, found: int64 (c,), the person's number from 0; shared: int64 (c,), at least 1. true_size, found_size: int64,
    the faces of each person. cell: int64 (n,), the entry 0..c-1 in which each face is counted.
    """

    true: np.ndarray
    found: np.ndarray
    shared: np.ndarray
    true_size: np.ndarray
    found_size: np.ndarray
    cell: np.ndarray

    @property
    def faces(self) -> int:
        """How many there are."""
        return int(self.shared.sum())

    def pairs(self) -> tuple[float, float, float]:
        """How many pairs of faces are of one person in both labellings, in the found one, in the true one."""
        both, said, there = (
            float((count * (count - 1) // 2).sum()) for count in (self.shared, self.found_size, self.true_size)
        )
        return both, said, there


def contingency(true: np.ndarray, found: np.ndarray) -> Contingency:
    """The contingency table of two labellings, without its zeros: its size is that of the faces at most."""
    rows = np.unique(true, return_inverse=True)[1].reshape(-1)
    columns = np.unique(found, return_inverse=True)[1].reshape(-1)
    width = columns.max(initial=-1) + 1
    cells, cell, shared = np.unique(rows * width + columns, return_inverse=True, return_counts=True)
    row, column = np.divmod(cells, max(width, 1))
    return Contingency(row, column, shared, np.bincount(rows), np.bincount(columns), cell.reshape(-1))


def b_cubed(true: np.ndarray, found: np.ndarray) -> tuple[float, float, float]:
    """B-cubed precision, recall and F (Bagga and Baldwin, 1998; Amigó et al., 2009).

    A face's precision is the share of its found person that is the same true person, its recall the share of its true
    person that is in the same found one, both counting the face itself; the metrics are means over faces, F their
    harmonic mean. In a contingency table c with row sums t and column sums f: precision = sum(c^2 / f) / n.
    """
    precision, recall = b_cubed_by_face(true, found)
    if not len(precision):
        return math.nan, math.nan, math.nan
    return f_of(float(precision.mean()), float(recall.mean()))


def b_cubed_by_face(true: np.ndarray, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The B-cubed precision and recall of every face: float64 (n,) each."""
    table = contingency(true, found)
    shared, of_found, of_true = table.shared, table.found_size[table.found], table.true_size[table.true]
    return (shared / of_found)[table.cell], (shared / of_true)[table.cell]


def pairs(true: np.ndarray, found: np.ndarray) -> tuple[float, float, float]:
    """Precision, recall and F of pairs: of the pairs of faces under one person, the share that is one person; and of
    the pairs that are one person, the share that is found. nan where there is no such pair."""
    both, said, there = contingency(true, found).pairs()
    return f_of(both / said if said else math.nan, both / there if there else math.nan)


def f_of(precision: float, recall: float) -> tuple[float, float, float]:
    """Precision, recall and their harmonic mean, 0 where both are."""
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def weighted_purity(true: np.ndarray, found: np.ndarray) -> float:
    """The share of faces that belong to the most frequent true person of their found one."""
    table = contingency(true, found)
    most = np.zeros(len(table.found_size), np.int64)
    np.maximum.at(most, table.found, table.shared)
    return float(most.sum() / table.faces) if table.faces else math.nan


def agreement(true: np.ndarray, found: np.ndarray) -> dict[str, float]:
    """Common figures of two labellings, by the names of `score.Scores`, as scikit-learn defines them; nmi and ami with
    the arithmetic mean of the entropies. Of two labellings that say nothing, one person or all alone, nmi is 1."""
    names = ("nmi", "ami", "ari", "homogeneity", "completeness", "v_measure", "fowlkes_mallows")
    if not len(true):
        return dict.fromkeys(names, math.nan)
    table = contingency(true, found)
    n, shared = table.faces, table.shared
    entropy_true, entropy_found = (_entropy(sizes / n) for sizes in (table.true_size, table.found_size))
    expected_cell = table.true_size[table.true] * table.found_size[table.found] / n
    mutual = max(0.0, float((shared / n * np.log(shared / expected_cell)).sum()))
    homogeneity = mutual / entropy_true if entropy_true else 1.0
    completeness = mutual / entropy_found if entropy_found else 1.0
    mean = (entropy_true + entropy_found) / 2
    _, _, v_measure = f_of(homogeneity, completeness)
    both, said, there = table.pairs()
    by_chance = said * there / max(n * (n - 1) / 2, 1)
    most = (said + there) / 2
    return {
        "nmi": mutual / mean if mean else 1.0,
        "ami": _adjusted(mutual, _expected_mutual(table), mean),
        "ari": _adjusted(both, by_chance, most),
        "homogeneity": homogeneity,
        "completeness": completeness,
        "v_measure": v_measure,
        "fowlkes_mallows": math.sqrt(both / said) * math.sqrt(both / there) if both else 0.0,
    }


def _entropy(shares: np.ndarray) -> float:
    return max(0.0, float(-(shares * np.log(shares)).sum())) if len(shares) > 1 else 0.0


def _adjusted(value: float, by_chance: float, most: float) -> float:
    """What is above chance, as a share of what could be; 1 where nothing could."""
    room = most - by_chance
    return (value - by_chance) / room if abs(room) > 1e-12 * max(1.0, abs(most)) else 1.0


def _expected_mutual(table: Contingency) -> float:
    """The mutual information, in nats, that labellings with people of these sizes have by chance (Vinh, Epps and Bailey
    2010, eq. 24a). The sum depends on sizes alone, so that it goes over pairs of sizes, not of people."""
    n, gammaln = table.faces, special.gammaln
    true_size, true_count = np.unique(table.true_size, return_counts=True)
    found_size, found_count = np.unique(table.found_size, return_counts=True)
    total = 0.0
    for a, people in zip(true_size.tolist(), true_count.tolist(), strict=True):
        b, others = found_size[:, None].astype(np.float64), found_count
        shared = np.arange(1.0, min(a, int(found_size[-1])) + 1)[None]
        fits = (shared <= b) & (shared >= a + b - n)
        chance = (
            gammaln(a + 1) + gammaln(b + 1) + gammaln(n - a + 1) + gammaln(n - b + 1) - gammaln(n + 1)
            - gammaln(shared + 1) - gammaln(np.where(fits, a - shared, 0) + 1)
            - gammaln(np.where(fits, b - shared, 0) + 1) - gammaln(np.where(fits, n - a - b + shared, 0) + 1)
        )  # fmt: skip
        chance = np.exp(np.where(fits, chance, -np.inf))
        term = shared / n * np.log(n * shared / (a * b)) * chance
        total += people * float((others * term.sum(1)).sum())
    return total


def singletons(labels: np.ndarray) -> np.ndarray:
    """The labels with every unknown face made a person of its own: int64 (n,)."""
    out = np.asarray(labels, np.int64).copy()
    unknown = np.flatnonzero(out == UNKNOWN)
    out[unknown] = out.max(initial=-1) + 1 + np.arange(len(unknown))
    return out
