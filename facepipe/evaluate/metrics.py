"""Metrics of how well a labelling agrees with the truth. Pure functions of label arrays.

They take integer labels of equal length, the true people and the found ones, without unknown faces, and give nan where
there is no face to judge.
"""

import math
import warnings
from collections.abc import Callable

import numpy as np
from sklearn import metrics as sk

from facepipe.records import UNKNOWN


def contingency(true: np.ndarray, found: np.ndarray) -> np.ndarray:
    """How many faces each true person (row) shares with each found one (column): int64 (t, f)."""
    rows = np.unique(true, return_inverse=True)[1].reshape(-1)
    columns = np.unique(found, return_inverse=True)[1].reshape(-1)
    table = np.zeros((rows.max(initial=-1) + 1, columns.max(initial=-1) + 1), np.int64)
    np.add.at(table, (rows, columns), 1)
    return table


def b_cubed(true: np.ndarray, found: np.ndarray) -> tuple[float, float, float]:
    """B-cubed precision, recall and F (Bagga and Baldwin, 1998; Amigó et al., 2009).

    A face's precision is the share of its found person that is the same true person, its recall the share of its true
    person that is in the same found one, both counting the face itself; the metrics are means over faces, F their
    harmonic mean. In a contingency table c with row sums t and column sums f: precision = sum(c^2 / f) / n.
    """
    table = contingency(true, found).astype(np.float64)
    n = table.sum()
    if not n:
        return math.nan, math.nan, math.nan
    precision = float((table**2 / table.sum(0, keepdims=True)).sum() / n)
    recall = float((table**2 / table.sum(1, keepdims=True)).sum() / n)
    return precision, recall, 2 * precision * recall / (precision + recall)


def weighted_purity(true: np.ndarray, found: np.ndarray) -> float:
    """The share of faces that belong to the most frequent true person of their found one."""
    table = contingency(true, found)
    return float(table.max(0).sum() / table.sum()) if table.size else math.nan


def agreement(true: np.ndarray, found: np.ndarray) -> dict[str, float]:
    """scikit-learn's metrics, by the names of `score.Scores`; nmi with the arithmetic mean of the entropies."""
    measures: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
        "nmi": sk.normalized_mutual_info_score,
        "ami": sk.adjusted_mutual_info_score,
        "ari": sk.adjusted_rand_score,
        "homogeneity": sk.homogeneity_score,
        "completeness": sk.completeness_score,
        "v_measure": sk.v_measure_score,
        "fowlkes_mallows": sk.fowlkes_mallows_score,
    }
    if not len(true):
        return dict.fromkeys(measures, math.nan)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)  # many small people are fine
        return {name: float(measure(true, found)) for name, measure in measures.items()}


def singletons(labels: np.ndarray) -> np.ndarray:
    """The labels with every unknown face made a person of its own: int64 (n,)."""
    out = np.asarray(labels, np.int64).copy()
    unknown = np.flatnonzero(out == UNKNOWN)
    out[unknown] = out.max(initial=-1) + 1 + np.arange(len(unknown))
    return out
