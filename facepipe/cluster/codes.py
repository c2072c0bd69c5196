"""Texts, and pairs of whole numbers, as one number each: these are sorted many times sooner."""

from collections.abc import Sequence

import numpy as np


def pair_codes(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Of pairs, int (n,) each: int64 (n,), equal for equal pairs, and in the order of the pairs."""
    least = other.min(initial=0)
    return one.astype(np.int64) * (int(other.max(initial=0)) - int(least) + 1) + (other - least)


def text_codes(texts: Sequence[str]) -> np.ndarray:
    """The place of each text among all that there are, in their order: int64 (n,)."""
    place = {text: code for code, text in enumerate(sorted({*texts}))}
    return np.fromiter(map(place.__getitem__, texts), np.int64, len(texts))
