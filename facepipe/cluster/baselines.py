"""What the baselines' methods share: the order of work around each of them.

A method only turns a table into labels. Around it: faces in the order of their ids, so that the order of the rows
cannot matter; clusters that hold two faces of one frame taken apart; small clusters made unknown; clusters merged;
people numbered by their first row. Small ones go before merging, as in person-clustering.
"""

from collections.abc import Callable

import numpy as np

from facepipe.cluster.fusion import FusedClusterer, fuse, has_evidence
from facepipe.cluster.merge import merge_clusters
from facepipe.lazy import optimize
from facepipe.records import UNKNOWN, Clustering
from facepipe.table import FaceTable

MAX_ROUNDS = 20  # of re-assignment when a cluster is taken apart; it settles in a few


def run_method(
    method: Callable[[FaceTable], np.ndarray], table: FaceTable, settings: FusedClusterer, *, smallest: int = 1
) -> Clustering:
    """`method` with everything around it.

    method: takes the faces with evidence in the order of their ids, returns an int label a face, -1 for unknown.
    smallest: fewest faces that the method itself calls a cluster; what is left of one after it was taken apart must
        have as many.
    """
    order = np.argsort(np.array(table.face_id, dtype=np.str_), kind="stable")
    order = order[has_evidence(table, settings)[order]]
    ordered = table.take(order)
    labels = np.asarray(method(ordered), np.int64)
    if not settings.allow_duplicates:
        labels = separate_frames(labels, ordered.frame_codes(), fuse(ordered, settings))
    labels = drop_small(labels, max(smallest, settings.min_csize))
    labels = merge_clusters(labels, ordered, settings)
    out = np.full(len(table), UNKNOWN, np.int64)
    out[order] = labels
    return Clustering(number_by_first_row(out), table.track)


def number_by_first_row(labels: np.ndarray) -> np.ndarray:
    """The same partition with people numbered 0..k-1 by the row of their first face; -1 stays: int32 (n,)."""
    names, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    first[names == UNKNOWN] = -1
    rank = np.argsort(np.argsort(first))
    return (rank - np.count_nonzero(names == UNKNOWN)).astype(np.int32)[inverse.reshape(-1)]


def drop_small(labels: np.ndarray, smallest: int) -> np.ndarray:
    """Labels with the faces of clusters of fewer than `smallest` faces made unknown."""
    _, inverse, counts = np.unique(labels, return_inverse=True, return_counts=True)
    return np.where(counts[inverse.reshape(-1)] < smallest, UNKNOWN, labels)


def separate_frames(labels: np.ndarray, frames: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Labels in which no two faces of one frame share a label other than -1; other clusters are left as they are.

    Two people of one frame under one label mean that a chain of faces joined them. Such a cluster becomes as many as
    it has faces in its fullest frame: these faces are the first members, then every frame's faces go to the nearest
    means, one face to one cluster (the assignment with the least sum of squares), until nothing moves.
    labels, frames: int (n,); vectors: float (n, d).
    """
    labels, free = labels.copy(), int(labels.max(initial=-1)) + 1
    for label in np.unique(labels[labels != UNKNOWN]):
        rows = np.flatnonzero(labels == label)
        parts = _take_apart(np.unique(frames[rows], return_inverse=True)[1].reshape(-1), vectors[rows])
        labels[rows[parts > 0]] = free + parts[parts > 0] - 1
        free += int(parts.max())
    return labels


def _take_apart(frames: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """The parts 0..k-1 of one cluster, for frames numbered from 0."""
    counts = np.bincount(frames)
    parts, k = np.zeros(len(frames), np.int64), int(counts.max())
    if k == 1:
        return parts
    means = vectors[_clearest(frames, counts == k, vectors)].astype(np.float64)
    crowds = [np.flatnonzero(frames == frame) for frame in np.flatnonzero(counts > 1)]
    for _ in range(MAX_ROUNDS):
        far = np.stack([((vectors - mean) ** 2).sum(1) for mean in means], 1)
        moved = far.argmin(1)
        for crowd in crowds:
            faces, columns = optimize.linear_sum_assignment(far[crowd])
            moved[crowd[faces]] = columns
        if np.array_equal(moved, parts):
            break
        parts = moved
        means = np.stack(
            [vectors[parts == part].mean(0) if (parts == part).any() else means[part] for part in range(k)]
        )
    return parts


def _clearest(frames: np.ndarray, wanted: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """The rows of that wanted frame whose two most alike faces differ most; the first of equals."""
    best, best_gap = np.zeros(0, np.int64), -1.0
    for frame in np.flatnonzero(wanted):
        rows = np.flatnonzero(frames == frame)
        gaps = ((vectors[rows][:, None] - vectors[rows][None]) ** 2).sum(-1)
        gap = float(gaps[np.triu_indices(len(rows), 1)].min())
        if gap > best_gap:
            best, best_gap = rows, gap
    return best
