"""What the vectors say about people as they are named now: of two people, of a part of a person, of the unknown.

Units are tracks and single faces, as in clustering, but none with two names. Everything is in nats, by the model of
likeness.py: evidence of the vectors less the odds that hold before looking.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from facepipe.cluster import constraints
from facepipe.cluster.blocks import blocks, sums
from facepipe.cluster.calibrate import SAME_PICTURE
from facepipe.cluster.codes import pair_codes, text_codes
from facepipe.cluster.counted import priors_of
from facepipe.cluster.groups import Groups, evidence, odds_against
from facepipe.cluster.strangers import strangers_here
from facepipe.cluster.tracks import possible_tracks
from facepipe.cluster.units import Units, make_units
from facepipe.questions.branches import branches
from facepipe.questions.nearest import NEAREST, Nearest
from facepipe.table import FaceTable

_NAMES = 3  # whom a unit resembles most, that are told


@dataclass(frozen=True, eq=False)
class Candidates:
    """For each of k units or people its nearest other people. label: int32 (k, NEAREST), -1 where there is none.
    cosine, nats: float32 (k, NEAREST), -inf there."""

    label: np.ndarray
    cosine: np.ndarray
    nats: np.ndarray


class Evidence:
    """Of a table whose faces have names. names: of the people, sorted; a person's label is the place there.

    best: int (m,), the row of each unit's best face. of_unit: int (m,), the label of each unit, -1 unknown. weak: bool
    (m,), too unreliable to say who is who. people: what each label holds. strong: bool (k,), whose faces together are
    not weak. faces: int (m,), how many faces a unit has. size: int (k,), how many a person has.
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
        part = np.unique(pair_codes(track, text_codes(person)), return_inverse=True)[1].reshape(-1)
        self.units: Units = make_units(self.table, part, dtype=np.float16)
        self._twice: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None
        self._parts: dict[bytes, tuple[np.ndarray, float]] = {}
        self.singles = Groups.of_units(self.units, self.likeness)
        order = np.lexsort((-self.table.quality, self.units.of_face))
        self._order, self._ends = order, np.r_[0, np.cumsum(np.bincount(self.units.of_face))]
        self.best = order[self._ends[:-1]]
        ids = self.table.face_id
        best = [ids[row] for row in self.best.tolist()]
        by_name = np.array(sorted(range(len(best)), key=best.__getitem__), np.int64)
        self._rank = np.empty_like(by_name)  # so that the order of rows does not matter
        self._rank[by_name] = np.arange(len(by_name))
        self.faces = self.units.faces
        self.reliability = self.likeness.reliability(self.units.noise)
        self.weak = self.units.weak(self.likeness)

    def _label(self, person: tuple[str, ...]) -> None:
        self.person = person
        self._fits: np.ndarray | None = None
        self._nearest: Nearest | None = None
        self.names = sorted({*person} - {""})
        place = {name: label for label, name in enumerate(self.names)} | {"": -1}
        self.of_unit = np.array([place[person[row]] for row in self.best.tolist()], np.int64)
        known = np.flatnonzero(self.of_unit >= 0)
        self.people = self.singles.pooled(self.of_unit, len(self.names))
        self.directions = self.people.directions()
        if self.likeness is self.table.space.likeness:  # other names change little of what is known of strangers
            beside = constraints.merge(self.units.beside, self.of_unit, len(self.names))
            self.likeness = strangers_here(self.people, beside, self.likeness)
        self.priors = priors_of(self.people, self.likeness)
        self.strong = self.likeness.reliability(self.people.noise) >= self.likeness.weak
        self.size = np.bincount(self.of_unit[known], self.faces[known], len(self.names)).astype(np.int64)
        order = known[np.lexsort((self._rank[known], self.of_unit[known]))]
        ends = np.cumsum(np.bincount(self.of_unit[known], minlength=len(self.names)))
        self.units_of = np.split(order, ends[:-1]) if self.names else []
        self._frames = _seen(self.of_unit[self.units.of_face], self.table.frame_codes(), len(self.names))

    @property
    def twice(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Pairs of units, none of them weak, that are seen in one frame and look the same, int (p,) each, and what
        their vectors say for one person, before the odds: float64 (p,)."""
        if self._twice is None:
            pairs = sparse.triu(self.units.beside, format="coo")
            clear = ~self.weak[pairs.row] & ~self.weak[pairs.col]
            a, b = pairs.row[clear], pairs.col[clear]
            cosine = np.zeros(len(a), np.float32)
            for block in blocks(len(a)):
                one, other = (self.singles.take(units[block]).directions() for units in (a, b))
                cosine[block] = np.einsum("ij,ij->i", one, other)
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
        return tuple(self.table.face_id[row] for row in self.rows(unit).tolist())

    def rows(self, unit: int) -> np.ndarray:
        """The rows of a unit's faces, the best one first: int (k,)."""
        return self._order[self._ends[unit] : self._ends[unit + 1]]

    def vectors(self, units: np.ndarray) -> np.ndarray:
        """The means of units, float32 (k, d)."""
        return self.units.mean[units].astype(np.float32)

    def shared_frames(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """In how many frames pairs of labels are both seen: int (p,)."""
        return np.asarray(self._frames[one].multiply(self._frames[other]).sum(1), np.int64).reshape(-1)

    def compared(self, left: Groups, i: np.ndarray, right: Groups, j: np.ndarray) -> np.ndarray:
        """Nats for one person, after the odds, of pairs of groups: float64 (p,)."""
        cosine = np.einsum("ij,ij->i", left.directions()[i], right.directions()[j])
        return evidence(left, right, i, j, cosine, self.likeness) - odds_against(left, right, i, j, self.priors)

    def near(self, groups: Groups, rows: np.ndarray, own: np.ndarray) -> Candidates:
        """The nearest strong people of some groups, int (k,), but for those of the labels `own`, int (k,)."""
        label, cosine = np.full((len(rows), NEAREST), -1, np.int32), np.full((len(rows), NEAREST), -np.inf, np.float32)
        nats = np.full(label.shape, -np.inf, np.float32)
        strong = np.flatnonzero(self.strong)
        place = np.full(len(self.names) + 1, -1)  # among these; the last is that of nobody
        place[strong] = np.arange(len(strong))
        if self._nearest is None:
            self._nearest = Nearest(self.directions[strong])
        for block in blocks(len(rows) if len(strong) else 0):
            here = groups.take(rows[block])
            found, alike = self._nearest.most_alike(here.directions(), place[own[block]])
            cosine[block, : found.shape[1]] = alike
            label[block, : found.shape[1]] = np.where(np.isneginf(alike), -1, strong[found])
            i, k = np.nonzero(label[block] >= 0)
            j = label[block][i, k]
            says = evidence(here, self.people, i, j, cosine[block][i, k], self.likeness)
            nats[block][i, k] = says - odds_against(here, self.people, i, j, self.priors)
        return Candidates(label, cosine, nats)

    def is_rather(self, unit: int, name: str) -> bool:
        """Whether more speaks for a unit's being of that person than for its own."""
        one = self.singles.take(np.array([unit]))
        cosine = one.directions() @ self.directions[self.names.index(name)]
        place = np.array([self.names.index(name)])
        return bool(
            evidence(one, self.people, np.zeros(1, np.int64), place, cosine, self.likeness)[0] > self.fits[unit]
        )

    def nearest_names(self, unit: int) -> tuple[str, ...]:
        """Whom a unit resembles most, but for its own person."""
        near = self.near(self.singles, np.array([unit]), self.of_unit[[unit]])
        order = np.argsort(-near.nats[0], kind="stable")
        return tuple(self.names[label] for label in near.label[0][order][:_NAMES].tolist() if label >= 0)

    def likely_person(self, unit: int) -> str:
        """Another person whose a unit is rather than nobody's, or ""."""
        near = self.near(self.singles, np.array([unit]), self.of_unit[[unit]])
        best = int(near.nats[0].argmax())
        return self.names[near.label[0, best]] if near.nats[0, best] > 0 else ""

    def is_like_any(self, unit: int, others: Sequence[int]) -> bool:
        """Whether the vectors of a unit and any of some others of its person, speak for one person rather than two."""
        others = np.array([other for other in others if other != unit], np.int64)
        one, some = self.singles.take(np.array([unit])), self.singles.take(others)
        cosine = some.directions() @ one.directions()[0]
        pairs = np.zeros(len(others), np.int64), np.arange(len(others))
        return bool((evidence(one, some, *pairs, cosine, self.likeness) > 0).any())

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
        cosine = np.zeros(len(known))
        for block in blocks(len(known)):
            own, person = self.vectors(known[block]), label[block]
            rest = self.people.mean[person] * total[person][:, None] - own * weight[known[block]][:, None]
            length = np.linalg.norm(rest, axis=1) * np.linalg.norm(own, axis=1)
            cosine[block] = np.einsum("ij,ij->i", rest, own) / np.maximum(length, 1e-9)
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
        vectors = self.vectors(units)
        sides, leaf = branches(vectors)
        if sides.shape[1] == len(units):
            whole = weight[:, None] * vectors
        else:
            share = sparse.csr_matrix((weight, (leaf, np.arange(len(units)))), shape=(sides.shape[1], len(units)))
            whole = np.concatenate([own for _, own in sums(share, lambda some: vectors[some])])
        one, total = sides @ whole, sides @ np.bincount(leaf, weight, sides.shape[1])
        other = whole.sum(0) - one
        length = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
        cosine = np.einsum("ij,ij->i", one, other) / np.maximum(length, 1e-9)
        reliability = self.likeness.reliability(1 / total) * self.likeness.reliability(1 / (weight.sum() - total))
        nearer = float(weight @ self.singles.nearer[units]) / weight.sum()
        says = self.likeness.evidence(cosine, reliability, nearer)
        least = int(says.argmin())
        inside = sides[least][leaf] > 0
        smaller = inside if self.faces[units[inside]].sum() <= self.faces[units[~inside]].sum() else ~inside
        return units[smaller], float(says[least])

    def different_looking(self, units: np.ndarray, most: int) -> list[int]:
        """Up to `most` units, as unlike each other as there are, by farthest-point choice; unclear ones last."""
        clear = units[self.reliability[units] >= 0.7 * np.median(self.reliability[units])] if len(units) else units
        clear = clear if len(clear) else units
        direction = self.vectors(clear)
        direction /= np.maximum(np.linalg.norm(direction, axis=1), 1e-9)[:, None]
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
