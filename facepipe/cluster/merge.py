"""Merging of clusters whose means are alike, as person-clustering does after clustering.

Its rule (`postproc.merge_clusters`): the largest cluster first, every smaller one is taken in whose mean face is
nearer than `merge_face` *or* whose mean clothing is nearer than `merge_cloth` (its values: .18 and .12), and that as
often as `merge_iterations` says. Means are those of the normalised, weighed vectors, and are not renewed within a pass.
The original may put one cluster into two others; here each is taken in once, and never where both hold faces of the
same frame.
"""

import numpy as np

from facepipe.cluster.fusion import FusedClusterer, unit
from facepipe.records import UNKNOWN
from facepipe.table import FaceTable


def merge_clusters(labels: np.ndarray, table: FaceTable, settings: FusedClusterer) -> np.ndarray:
    """Labels after merging: int (n,), every cluster whole in exactly one of the new ones, unknown faces untouched.

    A threshold of 0 merges nothing. Clothing is compared where both clusters have a face with clothing. The first in
    the table goes first among clusters of one size.
    """
    labels = np.asarray(labels, np.int64).copy()
    for _ in range(settings.merge_iterations):
        merged = _merge_once(labels, table, settings)
        if np.array_equal(merged, labels):
            break
        labels = merged
    return labels


def _merge_once(labels: np.ndarray, table: FaceTable, settings: FusedClusterer) -> np.ndarray:
    known = np.flatnonzero(labels != UNKNOWN)
    names, first, counts = np.unique(labels[known], return_index=True, return_counts=True)
    by_size = names[np.lexsort((first, -counts))]
    face_weight, cloth_weight = settings.weights
    faces = _means(unit(table.embedding) * face_weight, labels, by_size, np.ones(len(table), bool))
    clothes = _means(unit(table.cloth) * cloth_weight, labels, by_size, table.has_cloth)
    codes = table.frame_codes()
    frames = {name: set(codes[labels == name].tolist()) for name in by_size}

    out, taken = labels.copy(), set()
    for i, name in enumerate(by_size):
        if name in taken:
            continue
        near = np.zeros(len(by_size), bool)
        if face_weight > 0:
            near |= _lengths(faces - faces[i]) < settings.merge_face
        if cloth_weight > 0:
            near |= _lengths(clothes - clothes[i]) < settings.merge_cloth  # NaN, no clothing: never near
        for other in by_size[np.flatnonzero(near)]:
            smaller = other != name and other not in taken
            if smaller and (settings.allow_duplicates or not frames[name] & frames[other]):
                frames[name] |= frames[other]
                out[labels == other] = name
                taken.add(other)
        taken.add(name)
    return out


def _means(vectors: np.ndarray, labels: np.ndarray, names: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """The mean vector of each cluster over its counted faces: float64 (k, d), NaN where it has none."""
    out = np.full((len(names), vectors.shape[1]), np.nan)
    for row, name in enumerate(names):
        members = (labels == name) & counted
        if members.any():
            out[row] = vectors[members].mean(0)
    return out


def _lengths(vectors: np.ndarray) -> np.ndarray:
    return np.sqrt((vectors**2).sum(1))
