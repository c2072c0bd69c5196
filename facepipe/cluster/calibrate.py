"""What a source's certain strangers say about it: two faces of one frame are two people."""

import numpy as np

from facepipe.cluster.doubled import SAME_PICTURE
from facepipe.cluster.units import Units
from facepipe.lazy import sparse
from facepipe.likeness import Likeness, fisher

PRIOR_PAIRS = 10.0  # certain pairs that it takes to move half the way from what is usual
MAX_CERTAIN_PAIRS = 20_000  # pairs of one frame that are looked at, spread evenly over all


def nearer_by_unit(units: Units, likeness: Likeness) -> np.ndarray:
    """How much nearer than usual strangers lie in each unit's source, on Fisher's scale: float (m,), 0 or more.

    Darkness, heavy compression or a drawn style move all faces of a source towards each other. The certain strangers,
    seen in one frame, tell: the median of their cosines, so that a poster or a mirror among them does not matter, less
    what is usual for faces of one frame, as far as their number allows. Shots whose picture is there twice say nothing.
    """
    out = np.zeros(len(units))
    pairs = sparse.triu(units.beside, format="coo")
    weak = units.weak(likeness)
    a, b = pairs.row, pairs.col
    unfit = weak | units.doubled
    chosen = np.flatnonzero(~unfit[a] & ~unfit[b] & (units.source[a] == units.source[b]))
    chosen = chosen[np.linspace(0, len(chosen) - 1, min(len(chosen), MAX_CERTAIN_PAIRS)).astype(np.int64)]
    a, b = a[chosen], b[chosen]
    cosine = cosine_of_pairs(units.mean, a, b)
    kept = ~(units.photo[a] & (cosine > SAME_PICTURE))  # no collage and no mirror
    z, source = fisher(cosine[kept]), units.source[a[kept]]
    for name in np.unique(source):
        here = z[source == name]
        trust = len(here) / (len(here) + PRIOR_PAIRS)
        out[units.source == name] = trust * max(0.0, float(np.median(here)) - likeness.beside)
    return out


def cosine_of_pairs(mean: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Of pairs of rows of means (n, d): float64 (p,)."""
    one, other = (mean[rows].astype(np.float32, copy=False) for rows in (a, b))
    dot = np.einsum("ij,ij->i", one, other, dtype=np.float64)
    return dot / np.maximum(np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1), 1e-12)
