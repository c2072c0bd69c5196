"""What is clustered: tracks and single faces, each summed up by one vector and by how reliable it is.

A unit's vector is the mean of its faces' directions over their clarity, weighted by 1 / noise (see likeness.py). How
much noise is left in that mean is read off its length: identity alone would have the squared length `shared`, so

    V = |mean|^2 - shared

A single face has the V that its quality says. In a track it falls with every face that differs from the others in what
is peculiar to a picture, and does not fall where a blur or a shadow stays the same over the whole track.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from facepipe.cluster import constraints
from facepipe.cluster.baselines import number_by_first_row
from facepipe.cluster.blocks import blocks, sums
from facepipe.cluster.codes import pair_codes, text_codes
from facepipe.cluster.doubled import doubled
from facepipe.lazy import sparse
from facepipe.likeness import LEAST_NOISE, Likeness
from facepipe.table import FaceTable


@dataclass(frozen=True, eq=False)
class Units:
    """m units over n faces.

    of_face: int (n,), the unit of each face, 0..m-1. faces: int (m,), how many faces each has. pictures: int (m,), how
    many of these are different pictures. mean: float (m, d), noise: float64 (m,), see above. stretch: float64 (m,),
    the mean of 1 / clarity, weighted alike. beside, told: csr bool (m, m), seen in one frame, and no copies of each
    other; said to be two people. person: int (m,), who it was said to be, numbered from 0, -1 where nothing was said.
    photo: bool (m,), whether it is a face of a photo. doubled: bool (m,), of a shot that shows its picture several
    times. source, shot: int (m,), numbered from 0; -1 for photos, but the shot of those of a burst.
    """

    of_face: np.ndarray
    faces: np.ndarray
    pictures: np.ndarray
    mean: np.ndarray
    noise: np.ndarray
    stretch: np.ndarray
    beside: sparse.csr_matrix
    told: sparse.csr_matrix
    person: np.ndarray
    photo: np.ndarray
    doubled: np.ndarray
    source: np.ndarray
    shot: np.ndarray

    def __len__(self) -> int:
        return len(self.mean)

    @cached_property
    def cannot(self) -> sparse.csr_matrix:
        """Which are not one person: csr bool (m, m)."""
        return (self.beside + self.told).tocsr()

    def weak(self, likeness: Likeness) -> np.ndarray:
        """Whether each is too unreliable to vote on who is a person: bool (m,)."""
        return likeness.reliability(self.noise) < likeness.weak


def make_units(table: FaceTable, track: np.ndarray, allow_duplicates: bool = False, dtype: type = np.float32) -> Units:
    """The units of a table of one face or more, numbered by the row of their first face; track: int (n,), -1: none.

    dtype: of the means; float16 takes half the memory and moves cosines by a thousandth at most.
    """
    copies = _copies(table)
    of_face = number_by_first_row(np.where(track >= 0, track, int(track.max(initial=-1)) + 1 + copies))
    m = int(of_face.max(initial=-1)) + 1
    again = _repeated(of_face, copies)
    pictures = np.bincount(of_face[~again], minlength=m)
    mean, noise, stretch = _summed_up(table, of_face, again, pictures, dtype)
    twice, frames = doubled(table), table.frame_codes()
    beside = constraints.none(m) if allow_duplicates else constraints.same_frame(frames, of_face, m, twice.pairs)
    first = np.unique(of_face, return_index=True)[1]
    of_source, of_shot = text_codes(table.source), np.unique(table.shot, return_inverse=True)[1].reshape(-1)
    photo, source = _of_one_frame(of_source, frames)[first], of_source[first]
    alone, shot = _of_one_frame(of_shot, frames)[first], of_shot[first]
    return Units(
        of_face,
        faces=np.bincount(of_face, minlength=m),
        pictures=pictures,
        mean=mean,
        noise=noise,
        stretch=stretch,
        beside=beside,
        told=constraints.told_apart(table, of_face, m),
        person=constraints.told_people(table, of_face, m),
        photo=photo,
        doubled=twice.faces[first],
        source=np.where(photo, -1, source),
        shot=np.where(photo & alone, -1, shot),
    )


def _of_one_frame(part: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Whether each face stands in a source, or a shot, that shows faces in one frame only, as a photo is: bool (n,).
    part, frames: int (n,), the source or shot and the frame of each face."""
    _, first = np.unique(pair_codes(part, frames), return_index=True)
    return (np.bincount(part[first], minlength=1) < 2)[part]


def _summed_up(
    table: FaceTable, of_face: np.ndarray, again: np.ndarray, pictures: np.ndarray, dtype: type
) -> tuple[np.ndarray, ...]:
    """The mean, the noise and the stretch of each unit, without the faces that are there `again`."""
    m, likeness = len(pictures), table.space.likeness
    length = np.concatenate([likeness.seen(table.vectors(rows))[1] for rows in blocks(len(table))])
    clarity, noise = likeness.noise(table.quality, length)
    weight = np.where(again, 0, 1 / noise)
    share = weight / np.bincount(of_face, weight, m)[of_face] / clarity
    stretch = np.bincount(of_face, share, m)
    shares = sparse.csr_matrix((share, (of_face, np.arange(len(share)))), shape=(m, len(share)))
    mean, square = np.zeros((m, table.embedding.shape[1]), dtype), np.zeros(m)
    for block, whole in sums(shares, lambda faces: likeness.seen(table.vectors(faces))[0]):
        mean[block], square[block] = whole, np.einsum("ij,ij->i", whole, whole)
    alone = np.zeros(m)
    alone[of_face[~again]] = noise[~again]
    return mean, np.where(pictures == 1, alone, np.maximum(square - likeness.shared, LEAST_NOISE)), stretch


def _copies(table: FaceTable) -> np.ndarray:
    """A number a face, equal for exact copies (of a picture that is there twice), never for two faces of one frame."""
    same = _alike(table)
    pair = pair_codes(same, table.frame_codes())
    order = np.argsort(pair, kind="stable")
    again = np.diff(pair[order], prepend=-1) == 0
    out = same.copy()
    out[order[again]] = len(same) + np.arange(again.sum())
    return out


def _alike(table: FaceTable) -> np.ndarray:
    """A number a face, equal for those whose vectors are equal: int64 (n,). Few have a sum that others have too."""
    n, d = table.embedding.shape
    factors = np.random.default_rng(0).integers(1, 1 << 63, d, np.uint64) * np.uint64(2) + np.uint64(1)
    total = np.concatenate([(table.vectors(rows).view(np.uint32) * factors).sum(1) for rows in blocks(n)])
    _, back, count = np.unique(total, return_inverse=True, return_counts=True)
    out, known = np.arange(n), {}
    for row in np.flatnonzero(count[back.reshape(-1)] > 1).tolist():
        out[row] = known.setdefault(table.embedding[row].tobytes(), row)
    return out


def _repeated(of_face: np.ndarray, copies: np.ndarray) -> np.ndarray:
    """Whether a face is a second copy inside its unit: bool (n,)."""
    _, first = np.unique(pair_codes(of_face, copies), return_index=True)
    out = np.ones(len(of_face), bool)
    out[first] = False
    return out
