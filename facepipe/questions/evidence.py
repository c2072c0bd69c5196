"""What the vectors say about people as they are named now: of two people, of a part of a person, of the unknown.

Units are tracks and single faces, as in clustering, but none with two names. Everything is in nats, by the model of
likeness.py: evidence of the vectors less the odds that hold before looking.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from facepipe.cluster import constraints
from facepipe.cluster.calibrate import SAME_PICTURE
from facepipe.cluster.groups import Groups, evidence, odds_against
from facepipe.cluster.tracks import possible_tracks
from facepipe.cluster.units import Units, make_units
from facepipe.distances import row_blocks
from facepipe.table import FaceTable

NEAREST = 8  # people who are compared closely with each unit or person
MOST_LEAVES = 200  # units of a person of whose tree the two people in one are looked for


@dataclass(frozen=True, eq=False)
class Candidates:
    """For each of k units or people its nearest other people. label: int (k, NEAREST), -1 where there is none. cosine,
    nats: float (k, NEAREST), -inf there."""

    label: np.ndarray
    cosine: np.ndarray
    nats: np.ndarray


class Evidence:
    """Of a table whose faces have names. names: of the people, sorted; a person's label is the place there.

    of_unit: int (m,), the label of each unit, -1 unknown. weak: bool (m,), too unreliable to say who is who.
    people: what each label holds. strong: bool (k,), whose faces together are not weak. faces: int (m,), how many
    faces a unit has. size: int (k,), how many a person has.
    """

    def __init__(self, table: FaceTable) -> None:
        self.table, self.likeness = table, table.space.likeness
        self._track = possible_tracks(table)
        self._make_units(table.person)
        self._label(table.person)

    def rename(self, person: Sequence[str]) -> None:
        """Other names of all faces, in the order of the table."""
        of_face, person = self.units.of_face, tuple(person)
        first = np.unique(of_face, return_index=True)[1]
        if any(name != person[first[unit]] for unit, name in zip(of_face.tolist(), person, strict=True)):
            self._make_units(person)
        self._label(person)

    def _make_units(self, person: Sequence[str]) -> None:
        track = np.where(self._track >= 0, self._track, len(self.table) + np.arange(len(self.table)))
        name = np.unique(np.array(person, dtype=str), return_inverse=True)[1].reshape(-1)
        part = np.unique(np.stack([track, name]), axis=1, return_inverse=True)[1].reshape(-1)
        self.units: Units = make_units(self.table, part)
        self._twice: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None
        self._parts: dict[bytes, tuple[np.ndarray, float]] = {}
        self.singles = Groups.of_units(self.units, self.likeness)
        order = np.lexsort((-self.table.quality, self.units.of_face))
        ends = np.cumsum(np.bincount(self.units.of_face, minlength=len(self.units)))
        self.rows = np.split(order, ends[:-1]) if len(self.units) else []  # of each unit, the best face first
        best = np.array([self.table.face_id[rows[0]] for rows in self.rows], dtype=str)
        self._rank = np.argsort(np.argsort(best, kind="stable"))  # by name, so that the order of rows does not matter
        self.faces = self.units.faces
        self.reliability = self.likeness.reliability(self.units.noise)
        self.weak = self.units.weak(self.likeness)

    def _label(self, person: tuple[str, ...]) -> None:
        self.person = person
        self._fits: np.ndarray | None = None
        self.names = sorted({*person} - {""})
        place = {name: label for label, name in enumerate(self.names)} | {"": -1}
        self.of_unit = np.array([place[person[rows[0]]] for rows in self.rows], np.int64)
        known = np.flatnonzero(self.of_unit >= 0)
        self.people = self.singles.take(known).pooled(self.of_unit[known], len(self.names))
        self.directions = self.people.directions()
        self.priors = self.people.priors(self.likeness)
        self.strong = self.likeness.reliability(self.people.noise) >= self.likeness.weak
        self.size = np.bincount(self.of_unit[known], self.faces[known], len(self.names)).astype(np.int64)
        order = known[np.lexsort((self._rank[known], self.of_unit[known]))]
        ends = np.cumsum(np.bincount(self.of_unit[known], minlength=len(self.names)))
        self.units_of = np.split(order, ends[:-1]) if self.names else []
        self._frames = _seen(self.of_unit[self.units.of_face], self._frame_codes, len(self.names))

    @cached_property
    def _frame_codes(self) -> np.ndarray:
        return self.table.frame_codes()

    @property
    def twice(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Pairs of units, none of them weak, that are seen in one frame and look the same, int (p,) each, and what
        their vectors say for one person, before the odds: float64 (p,)."""
        if self._twice is None:
            pairs = sparse.triu(self.units.beside, format="coo")
            clear = ~self.weak[pairs.row] & ~self.weak[pairs.col]
            a, b = pairs.row[clear], pairs.col[clear]
            direction = self.singles.directions()
            cosine = np.einsum("ij,ij->i", direction[a], direction[b])
            alike = cosine > SAME_PICTURE
            a, b = a[alike], b[alike]
            self._twice = a, b, evidence(self.singles, self.singles, a, b, cosine[alike], self.likeness)
        return self._twice

    def beside(self, unit: int) -> np.ndarray:
        """The units that are seen in one frame with a unit."""
        matrix = self.units.beside
        return matrix.indices[matrix.indptr[unit] : matrix.indptr[unit + 1]]

    def face_ids(self, unit: int) -> tuple[str, ...]:
        """The faces of a unit, the best one first."""
        return tuple(self.table.face_id[row] for row in self.rows[unit])

    def shared_frames(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """In how many frames pairs of labels are both seen: int (p,)."""
        return np.asarray(self._frames[one].multiply(self._frames[other]).sum(1), np.int64).reshape(-1)

    def compared(self, left: Groups, i: np.ndarray, right: Groups, j: np.ndarray) -> np.ndarray:
        """Nats for one person, after the odds, of pairs of groups: float64 (p,)."""
        cosine = np.einsum("ij,ij->i", left.directions()[i], right.directions()[j])
        return evidence(left, right, i, j, cosine, self.likeness) - odds_against(left, right, i, j, self.priors)

    def near(self, groups: Groups, own: np.ndarray) -> Candidates:
        """The nearest strong people of each group but those of the labels `own`, int (k,)."""
        count = min(NEAREST, len(self.names))
        label, cosine = np.full((len(groups), NEAREST), -1), np.full((len(groups), NEAREST), -np.inf)
        directions, people = groups.directions(), self.directions
        for block in row_blocks(len(groups) if count else 0, len(people)):
            alike = np.where(self.strong, directions[block] @ people.T, np.float32(-np.inf))
            known = np.flatnonzero(own[block] >= 0)
            alike[known, own[block][known]] = -np.inf
            rows = np.arange(len(alike))
            for place in range(count):  # faster than to sort, or to part, what is mostly not looked at
                best = alike.argmax(1)
                label[block, place], cosine[block, place] = best, alike[rows, best]
                alike[rows, best] = -np.inf
        label[np.isneginf(cosine)] = -1
        nats = np.full(label.shape, -np.inf)
        i, k = np.nonzero(label >= 0)
        j = label[i, k]
        says = evidence(groups, self.people, i, j, cosine[i, k], self.likeness)
        nats[i, k] = says - odds_against(groups, self.people, i, j, self.priors)
        return Candidates(label, cosine, nats)

    def is_rather(self, unit: int, name: str) -> bool:
        """Whether more speaks for a unit's being of that person than for its own."""
        one = self.singles.take(np.array([unit]))
        cosine = one.directions() @ self.directions[self.names.index(name)]
        place = np.array([self.names.index(name)])
        return bool(
            evidence(one, self.people, np.zeros(1, np.int64), place, cosine, self.likeness)[0] > self.fits[unit]
        )

    def nearest_names(self, unit: int, most: int = 3) -> tuple[str, ...]:
        """Whom a unit resembles most, but for its own person."""
        near = self.near(self.singles.take(np.array([unit])), self.of_unit[[unit]])
        order = np.argsort(-near.nats[0], kind="stable")
        return tuple(self.names[label] for label in near.label[0][order][:most].tolist() if label >= 0)

    @property
    def fits(self) -> np.ndarray:
        """What speaks for each unit's being of its person, by the rest of that one: float64 (m,), before the odds; inf
        where there is no rest, or no person."""
        if self._fits is None:
            self._fits = self._find_fits()
        return self._fits

    def _find_fits(self) -> np.ndarray:
        out = np.full(len(self.units), np.inf)
        weight = 1 / self.units.noise
        known = np.flatnonzero(self.of_unit >= 0)
        label = self.of_unit[known]
        total = np.bincount(label, weight[known], len(self.names))
        left = total[label] - weight[known]
        several = (
            np.array([len(units) > 1 for units in self.units_of], bool)[label] if len(known) else np.zeros(0, bool)
        )
        known, label, left = known[several], label[several], left[several]
        mean = self.people.mean[label] * total[label][:, None] - self.units.mean[known] * weight[known][:, None]
        length = np.linalg.norm(mean, axis=1) * np.linalg.norm(self.units.mean[known], axis=1)
        cosine = np.einsum("ij,ij->i", mean, self.units.mean[known]) / np.maximum(length, 1e-9)
        reliability = self.reliability[known] * self.likeness.reliability(1 / left)
        nearer = np.minimum(self.singles.nearer[known], self.people.nearer[label])
        out[known] = self.likeness.evidence(cosine, reliability, nearer)
        return out

    def parted(self, label: int) -> tuple[np.ndarray, float]:
        """The smaller of two parts into which a person falls most easily, units, and what speaks for their being one
        person, before the odds. No units and inf where a person is one unit or two."""
        units = self.units_of[label]
        key = units.tobytes()
        if key not in self._parts:
            self._parts[key] = self._part(units)
        return self._parts[key]

    def _part(self, units: np.ndarray) -> tuple[np.ndarray, float]:
        if len(units) < 3:
            return np.zeros(0, np.int64), np.inf
        weight = 1 / self.units.noise[units]
        vectors = self.units.mean[units] * weight[:, None]
        sides = _branches(self.units.mean[units])
        one, total = sides @ vectors, sides @ weight
        other = vectors.sum(0) - one
        length = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
        cosine = np.einsum("ij,ij->i", one, other) / np.maximum(length, 1e-9)
        reliability = self.likeness.reliability(1 / total) * self.likeness.reliability(1 / (weight.sum() - total))
        nearer = float(weight @ self.singles.nearer[units]) / weight.sum()
        says = self.likeness.evidence(cosine, reliability, nearer)
        least = int(says.argmin())
        inside = sides[least] > 0
        smaller = inside if self.faces[units[inside]].sum() <= self.faces[units[~inside]].sum() else ~inside
        return units[smaller], float(says[least])

    def different_looking(self, units: np.ndarray, most: int) -> list[int]:
        """Up to `most` units, as unlike each other as there are, by farthest-point choice; unclear ones last."""
        clear = units[self.reliability[units] >= 0.7 * np.median(self.reliability[units])] if len(units) else units
        clear = clear if len(clear) else units
        direction = self.units.mean[clear] / np.maximum(np.linalg.norm(self.units.mean[clear], axis=1), 1e-9)[:, None]
        chosen = [self._first(-(direction @ direction.sum(0)), clear)] if len(clear) else []
        alike = direction @ direction[chosen[0]] if chosen else np.zeros(0)
        while len(chosen) < min(most, len(clear)):
            alike[chosen] = np.inf
            chosen.append(self._first(alike, clear))
            alike = np.maximum(alike, direction @ direction[chosen[-1]])
        return clear[chosen].tolist()

    def _first(self, values: np.ndarray, units: np.ndarray) -> int:
        """The place of the least value; of those that differ by rounding alone, which depends on the order of the rows,
        the one whose face is called first."""
        least = np.flatnonzero(values <= values.min() + 1e-5).tolist()
        return min(least, key=lambda place: self.face_ids(int(units[place]))[0])


def names_of(table: FaceTable, names: Mapping[str, str]) -> tuple[str, ...]:
    """The names of a table's faces, in its order."""
    return tuple(names[face] for face in table.face_id)


def _seen(label: np.ndarray, frames: np.ndarray, people: int) -> sparse.csr_matrix:
    """Which people stand in which frames: csr float32 (people, frames) of ones."""
    out = constraints.membership(label, people).T.tocsr() @ constraints.membership(
        frames, int(frames.max(initial=-1)) + 1
    )
    out.data[:] = 1
    return out.tocsr()


def _branches(mean: np.ndarray) -> np.ndarray:
    """The branches of two rows or more of the tree that average linkage by cosine makes of the rows, but for the whole:
    float (b, n) of ones and zeros. Of many rows some, spread evenly, make the tree; others go with the nearest."""
    from scipy.cluster.hierarchy import linkage  # here, so that commands start without it

    direction = mean / np.maximum(np.linalg.norm(mean, axis=1), 1e-9)[:, None]
    n = min(len(mean), MOST_LEAVES)
    leaves = np.linspace(0, len(mean) - 1, n).astype(np.int64)
    tree = linkage(_apart(direction[leaves]), "average")
    inside = np.zeros((2 * n - 1, n))
    inside[:n] = np.eye(n)
    for node, (a, b) in enumerate(tree[:, :2].astype(np.int64), n):
        inside[node] = inside[a] + inside[b]
    sides = inside[n:-1] if n > 2 else inside[:1]
    if n == len(mean):
        return sides
    return sides[:, (direction @ direction[leaves].T).argmax(1)]


def _apart(direction: np.ndarray) -> np.ndarray:
    """One less the cosine of every pair of rows, as `linkage` takes it."""
    one, other = np.triu_indices(len(direction), 1)
    return np.maximum(1 - (direction @ direction.T)[one, other], 0)
