"""Which pairs of groups positive evidence speaks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from facepipe.cluster import constraints
from facepipe.cluster.blocks import blocks
from facepipe.cluster.groups import SEVERAL, Groups, against, evidence, in_shot, least_cosine
from facepipe.cluster.neighbours import Neighbours
from facepipe.cluster.priors import Priors
from facepipe.lazy import sparse

TOGETHER = 1 << 18  # pairs that are looked at closely together

_Found = tuple[np.ndarray, np.ndarray, np.ndarray]  # rows of left, rows of right, and their cosines: (p,) each


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of groups with evidence for joining, (p,) each. likeness: the mean cosine of their pictures."""

    left: np.ndarray
    right: np.ndarray
    nats: np.ndarray
    likeness: np.ndarray


def pairs_for(
    left: Groups,
    right: Groups,
    rows: np.ndarray,
    near: Neighbours,
    priors: Priors,
    cannot: sparse.csr_matrix,
    floor: np.ndarray | None = None,
) -> Iterator[Pairs]:
    """The pairs of `rows` of `left` with any of `right` that positive evidence speaks for, some at a time.

    near: of `right`. cannot: not zero in (left, right) where they may not join; a group does not pair with itself.
    floor: float (n,), where left is right; pairs that are no more alike than either's are left out. It may rise while
    pairs are looked for. Only those pairs are looked at closely that could have positive evidence if both were as
    reliable as can be: one comparison of cosines.
    """
    own = near.agreement if left is right else left.agreement()
    for odds_of, found in (
        (against, _alike(left, right, rows, near, priors)),
        (in_shot, _in_one_shot(left, right, rows, near)),
    ):
        for i, j, cosine in found:
            likeness = cosine * own[i] * near.agreement[j]
            able = np.ones(len(i), bool) if floor is None else likeness > np.minimum(floor[i], floor[j])
            if left is right:
                able &= i != j
            i, j, cosine, likeness = i[able], j[able], cosine[able], likeness[able]
            nats = evidence(left, right, i, j, cosine, priors.likeness) - odds_of(left, right, i, j, priors)
            kept = np.flatnonzero(nats > 0)
            if cannot.nnz:
                kept = kept[constraints.entries(cannot, i[kept], j[kept]) == 0]
            told, told_other = left.person[i[kept]], right.person[j[kept]]
            kept = kept[(told < 0) | (told_other < 0) | (told == told_other)]
            yield Pairs(i[kept], j[kept], nats[kept], likeness[kept])


def _alike(left: Groups, right: Groups, rows: np.ndarray, near: Neighbours, priors: Priors) -> Iterator[_Found]:
    """Pairs that are as alike as it takes where both were seen."""
    everybody = left is right and len(rows) == len(right)
    a = near.direction if everybody else near.direction[rows] if left is right else left.directions(rows)
    least = least_cosine(left, rows, priors)[:, None]
    source, other = left.only_source()[rows][:, None], right.only_source()
    number = np.arange(len(right))
    found: list[_Found] = []
    count = 0
    for here, there in near.tiles(a, once=everybody):
        cosine = a[here] @ near.direction[there].T
        able = cosine > priors.cosine
        if priors.local:
            local = (source[here] == other[there]) | (source[here] == SEVERAL) | (other[there] == SEVERAL)
            able |= local & (cosine > least[here])
        i, j = np.divmod(np.flatnonzero(able), able.shape[1])
        if len(i):
            found.append((rows[here][i], number[there][j], cosine[i, j]))
            count += len(i)
        if count > TOGETHER:
            yield _joined(found)
            found, count = [], 0
    if found:
        yield _joined(found)


def _in_one_shot(left: Groups, right: Groups, rows: np.ndarray, near: Neighbours) -> Iterator[_Found]:
    """Pairs that were seen in one shot."""
    shots = right.shots.T.tocsr()
    beside = np.cumsum(left.shots[rows] @ np.diff(shots.indptr))
    for some in np.split(rows, np.flatnonzero(np.diff(beside // TOGETHER)) + 1):
        shared = (left.shots[some] @ shots).tocoo()
        i, j = some[shared.row], shared.col.astype(np.int64)
        cosine = [np.einsum("ij,ij->i", left.directions(i[part]), near.direction[j[part]]) for part in blocks(len(i))]
        yield i, j, np.concatenate(cosine)


def _joined(found: list[_Found]) -> _Found:
    left, right, cosine = (np.concatenate(column) for column in zip(*found, strict=True))
    return left, right, cosine
