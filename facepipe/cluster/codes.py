"""Pairs of whole numbers as one number each, which is sorted many times sooner than rows of two."""

import numpy as np


def pair_codes(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Of pairs, int (n,) each: int64 (n,), equal for equal pairs, and in the order of the pairs."""
    least = other.min(initial=0)
    return one.astype(np.int64) * (int(other.max(initial=0)) - int(least) + 1) + (other - least)
