"""What is certain before any vector is looked at: two faces of one frame are two people, and what people have said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from facepipe.cluster.codes import pair_codes
from facepipe.lazy import sparse
from facepipe.table import FaceTable

_NO_PAIRS = (np.zeros(0, np.int64), np.zeros(0, np.int64))


def same_frame(
    frame_codes: np.ndarray, unit: np.ndarray, units: int, copies: tuple[np.ndarray, np.ndarray] = _NO_PAIRS
) -> sparse.csr_matrix:
    """Which units (tracks, single faces, people) share a frame: bool (units, units), symmetric, no diagonal.

    frame_codes: int (n,), equal for faces of one frame. unit: int (n,), the unit of each face, 0..units-1. copies: two
    int (p,), faces of one frame that show the same face; units that are copies in half of the frames they share, or
    more, do not count as sharing any.
    """
    frames = int(frame_codes.max()) + 1 if len(frame_codes) else 0
    ones = np.ones(len(unit), np.float32)
    seen = sparse.csr_matrix((ones, (unit, frame_codes)), shape=(units, frames))
    shared = seen @ seen.T
    if len(copies[0]):
        ends = np.concatenate([unit[rows] for rows in copies]), np.concatenate([unit[rows] for rows in copies[::-1]])
        copied = sparse.csr_matrix((np.ones(len(ends[0]), np.float32), ends), shape=shared.shape)
        shared = (shared - 2 * copied).maximum(0)
        shared.eliminate_zeros()
    return _without_diagonal(shared)


def told_apart(table: FaceTable, unit: np.ndarray, units: int) -> sparse.csr_matrix:
    """Which units hold faces of two people, as somebody has said: bool (units, units), symmetric, no diagonal."""
    sides = [_told_in([pair[k] for pair in table.told.apart], table, unit, units) for k in (0, 1)]
    pairs = sides[0] @ sides[1].T
    return _without_diagonal(pairs + pairs.T)


def told_people(table: FaceTable, unit: np.ndarray, units: int) -> np.ndarray:
    """Which person each unit is, as somebody has said: int64 (units,), the place in `told.people`, -1 where nobody has.
    No unit may hold faces of two."""
    out = np.full(units, -1)
    found = _told_in(table.told.people, table, unit, units).tocoo()
    out[found.row] = found.col
    return out


def _told_in(sets: Sequence[frozenset[str]], table: FaceTable, unit: np.ndarray, units: int) -> sparse.csr_matrix:
    """Which units (rows) have faces of which sets (columns): not zero in float32."""
    spoken = frozenset().union(*sets)
    rows = {face: row for row, face in enumerate(table.face_id) if face in spoken}
    found = [(int(unit[rows[face]]), k) for k, faces in enumerate(sets) for face in faces if face in rows]
    row, column = np.array(found, np.int64).reshape(-1, 2).T
    return sparse.csr_matrix((np.ones(len(row), np.float32), (row, column)), shape=(units, len(sets)))


def none(units: int) -> sparse.csr_matrix:
    """No constraint between `units` units."""
    return sparse.csr_matrix((units, units), dtype=bool)


def merge(cannot: sparse.csr_matrix, group: np.ndarray, groups: int) -> sparse.csr_matrix:
    """The constraints between groups of units: a group may not join another if any two of their units may not.

    group: int (n,), the group of each unit, 0..groups-1, or -1 for units that are left out.
    """
    pairs = cannot.tocoo()
    a, b = group[pairs.row], group[pairs.col]
    apart = (a >= 0) & (b >= 0) & (a != b) & (pairs.data != 0)
    return sparse.csr_matrix((np.ones(apart.sum(), bool), (a[apart], b[apart])), shape=(groups, groups))


def against_groups(cannot: sparse.csr_matrix, group: np.ndarray, groups: int) -> sparse.csr_matrix:
    """Which units (rows) may not join which groups (columns): not zero in float32 (units, groups)."""
    return (cannot.astype(np.float32) @ membership(group, groups)).tocsr()


def entries(matrix: sparse.csr_matrix, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The entries of a matrix at (rows[i], columns[i]), as an array (p,)."""
    return np.asarray(matrix[rows, columns]).reshape(-1) if len(rows) else np.zeros(0, matrix.dtype)


def impossible_pairs(frame_codes: np.ndarray, labels: np.ndarray) -> int:
    """How many pairs of faces stand in one frame under one label (>= 0)."""
    known = labels >= 0
    _, counts = np.unique(pair_codes(frame_codes[known], labels[known]), return_counts=True)
    return int((counts * (counts - 1) // 2).sum())


def _without_diagonal(matrix: sparse.spmatrix) -> sparse.csr_matrix:
    matrix = matrix.tocoo()
    off = matrix.row != matrix.col
    pairs = (np.ones(off.sum(), bool), (matrix.row[off], matrix.col[off]))
    return sparse.csr_matrix(pairs, shape=matrix.shape)


def membership(group: np.ndarray, groups: int) -> sparse.csr_matrix:
    """One row a unit, with a 1 in the column of its group; a unit with -1 has none: float32 (units, groups)."""
    inside = np.flatnonzero(group >= 0)
    ones = np.ones(len(inside), np.float32)
    return sparse.csr_matrix((ones, (inside, group[inside])), shape=(len(group), groups))
