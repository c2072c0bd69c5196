"""Squared Euclidean distances between vectors, in blocks: the whole matrix need never be held."""

from collections.abc import Iterator

import numpy as np

BLOCK_BYTES = 8 << 20  # of one block of distances: about what stays in a cache
BLOCK_COLUMNS = 1 << 12


def block_rows(columns: int) -> int:
    """How many rows of `columns` float32 distances fit into BLOCK_BYTES; at least 1."""
    return max(1, BLOCK_BYTES // (4 * max(1, columns)))


def row_blocks(rows: int, columns: int) -> Iterator[slice]:
    """Slices over `rows`, each of at most `block_rows(columns)`."""
    step = block_rows(columns)
    for start in range(0, rows, step):
        yield slice(start, min(rows, start + step))


def tiles(rows: int, columns: int, above: bool = False) -> Iterator[tuple[slice, slice]]:
    """Slices over rows and over columns that together cover all pairs, or those on and above the diagonal."""
    for here in row_blocks(rows, min(columns, BLOCK_COLUMNS)):
        for start in range(here.start if above else 0, columns, BLOCK_COLUMNS):
            yield here, slice(start, min(columns, start + BLOCK_COLUMNS))


def squared(a: np.ndarray, b: np.ndarray, dtype: type = np.float32) -> np.ndarray:
    """The squared distance of every row of `a` (n, d) to every row of `b` (m, d): (n, m) of `dtype`, never negative."""
    a, b = np.asarray(a, dtype), np.asarray(b, dtype)
    out = a @ b.T
    out *= -2
    out += np.einsum("ij,ij->i", a, a)[:, None]
    out += np.einsum("ij,ij->i", b, b)[None, :]
    return np.maximum(out, 0, out=out)
