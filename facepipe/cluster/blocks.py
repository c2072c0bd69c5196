"""Sums over the vectors of many faces, some at a time: all of them at once take hundreds of MB."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from facepipe.lazy import sparse

BLOCK = 1 << 12  # vectors that are looked at together


def blocks(count: int) -> list[slice]:
    """Slices over that many rows."""
    return [slice(start, start + BLOCK) for start in range(0, max(1, count), BLOCK)]


def sums(shares: sparse.csr_matrix, vectors: Callable[[np.ndarray], np.ndarray]) -> Iterator[tuple[slice, np.ndarray]]:
    """`shares` (m, n) times n vectors, block by block: rows of the result, and what stands there, float64 (k, d).

    vectors: gives those of some of the n, int (p,), as (p, d).
    """
    ends, start = shares.indptr, 0
    while start < shares.shape[0]:
        end = max(start + 1, int(np.searchsorted(ends, ends[start] + BLOCK, "right")) - 1)
        part = shares[start:end]
        used, column = np.unique(part.indices, return_inverse=True)
        own = sparse.csr_matrix((part.data, column.reshape(-1), part.indptr), shape=(end - start, len(used)))
        yield slice(start, end), own @ vectors(used)
        start = end
