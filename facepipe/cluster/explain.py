"""Why faces are, or are not, the same person: likeness, evidence, constraints, and the step that decided, in words."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple

import numpy as np

from facepipe.cluster import constraints
from facepipe.cluster.by_evidence import odds
from facepipe.cluster.codes import pair_codes, text_codes
from facepipe.cluster.counted import priors_of
from facepipe.cluster.groups import Groups, evidence, odds_against
from facepipe.cluster.strangers import strangers_here
from facepipe.cluster.units import Units, make_units
from facepipe.cluster.weak import OWN_PERSON, well_shown
from facepipe.distances import squared
from facepipe.records import UNKNOWN, Clustering
from facepipe.table import FaceTable

NEAREST = 3  # how many neighbours are listed


class Compared(NamedTuple):
    """What the comparison of two groups says, in words, and whether they are likely one person."""

    words: str
    likely: bool


def explain(table: FaceTable, clustering: Clustering, rows: Sequence[int], *, allow_duplicates: bool = False) -> str:
    """Lines on each face of `rows` and on each pair of them; distances are in the encoder's unit.

    People are those that the table names. clustering: of this table, by any clusterer; it tells the tracks, and the
    step that decided on each face. The evidence named is that of `people` for what is compared: what the vectors say,
    against the odds of so many people. allow_duplicates: as it was clustered with.
    """
    clustering, part = _as_named(table, clustering)
    units = make_units(table, part, allow_duplicates)
    of_unit = np.full(len(units), UNKNOWN, np.int64)
    of_unit[units.of_face] = clustering.labels
    people = _People(units, of_unit, table)
    rows = list(dict.fromkeys(int(row) for row in rows))
    lines = []
    for row in rows:
        lines += [*_one(table, clustering, units, people, row), ""]
    for a, b in combinations(rows, 2):
        lines += [*_two(table, clustering, units, people, a, b), ""]
    return "\n".join(lines[:-1])


def _as_named(table: FaceTable, clustering: Clustering) -> tuple[Clustering, np.ndarray]:
    """With the people whom the table names, sorted by name, for labels; and its tracks, those of two people in two."""
    label = text_codes(table.person) - ("" in table.person)
    _, part = np.unique(pair_codes(clustering.track, label), return_inverse=True)
    return replace(clustering, labels=label), np.where(clustering.track >= 0, part.reshape(-1), -1)


class _People:
    """What each label holds: its units, summed up, and how many people there seem to be."""

    def __init__(self, units: Units, of_unit: np.ndarray, table: FaceTable) -> None:
        self.of_unit, likeness = of_unit, table.space.likeness
        self._names = sorted(table.people)
        self.singles = Groups.of_units(units, likeness)
        inside = np.flatnonzero(of_unit >= 0)
        self.groups = self.singles.take(inside).pooled(of_unit[inside], int(of_unit.max(initial=-1)) + 1)
        self.likeness = strangers_here(
            self.groups, constraints.merge(units.beside, of_unit, len(self.groups)), likeness
        )
        self.priors = priors_of(self.groups, self.likeness)

    def name(self, label: int) -> str:
        """What a person is called."""
        return self._names[label] if label >= 0 else "unknown"

    def without(self, unit: int) -> Groups | None:
        """The unit's person without the unit itself; None when nothing is left."""
        rest = np.flatnonzero((self.of_unit == self.of_unit[unit]) & (np.arange(len(self.of_unit)) != unit))
        if self.of_unit[unit] < 0 or not len(rest):
            return None
        return self.singles.take(rest).pooled(np.zeros(len(rest), np.int64), 1)

    def compared(self, one: Groups, others: Groups, index: int) -> Compared:
        """The cosine of two groups, what it says, and against which odds."""
        first, second = np.zeros(1, np.int64), np.full(1, index)
        cosine = np.clip(one.directions()[:1] @ others.directions()[index], -1, 1)
        says = float(evidence(one, others, first, second, cosine, self.likeness)[0])
        against = float(odds_against(one, others, first, second, self.priors)[0])
        likely, which = says > against, "for one person" if says > 0 else "for two people"
        verdict = "likely one person" if likely else "not likely enough"
        words = f"likeness {cosine[0]:.2f} says {odds(says)} {which}, before looking {odds(against)} against: {verdict}"
        return Compared(words, likely)


def _one(table: FaceTable, clustering: Clustering, units: Units, people: _People, row: int) -> list[str]:
    unit = units.of_face[row]
    reliability = float(people.likeness.reliability(units.noise[unit]))
    lines = [
        f"{table.face_id[row]}: {people.name(clustering.labels[row])}, {_track(clustering.track[row])}, "
        f"quality {table.quality[row]:.2f}, at {table.time_s[row]:.2f} s, reliability {reliability:.2f}"
    ]
    if clustering.notes:
        lines.append(f"  {clustering.notes[row]}")
    mine = np.flatnonzero((clustering.labels == clustering.labels[row]) & (np.arange(len(table)) != row))
    if clustering.labels[row] >= 0 and len(mine):
        lines.append(f"  nearest faces of {people.name(clustering.labels[row])}: {_neighbours(table, row, mine)}")
    rest = people.without(unit)
    own = people.singles.take(np.array([unit]))
    if rest is not None:
        lines.append(f"  to the rest of {people.name(clustering.labels[row])}: {people.compared(own, rest, 0).words}")
    return lines + _other_people(units, people, unit, own)


def _other_people(units: Units, people: _People, unit: int, own: Groups) -> list[str]:
    if not len(people.groups):
        return []
    alike = (own.directions() @ people.groups.directions().T)[0]
    order = [label for label in np.argsort(-alike, kind="stable") if label != people.of_unit[unit]]
    rivals, told = (people.of_unit[matrix[unit].indices] for matrix in (units.beside, units.told))
    weak = units.weak(people.likeness)
    few = weak[unit] and units.pictures[unit] < OWN_PERSON
    voting = np.bincount(people.of_unit[~weak & (people.of_unit >= 0)], minlength=len(people.groups))
    shown = well_shown(units, np.where(weak, -1, people.of_unit), len(people.groups))
    lines = []
    for label in order[:NEAREST]:
        beside = ", seen in one frame with it: never the same person" if label in rivals else ""
        beside = ", said to be somebody else" if label in told else beside
        compared = people.compared(own, people.groups, label)
        if few and not shown[label] and compared.likely and not beside:
            beside = ", but seen well in one picture at most, which a weak face does not join"
        elif not voting[label] and compared.likely and not beside:
            beside = ", but seen too badly in all pictures for others to join"
        lines.append(f"  to {people.name(label)}: {compared.words}{beside}")
    return lines


def _two(table: FaceTable, clustering: Clustering, units: Units, people: _People, a: int, b: int) -> list[str]:
    first, second = units.of_face[a], units.of_face[b]
    lines = [
        f"{table.face_id[a]} and {table.face_id[b]}: face distance {_between(table, a, b):.3f}"
        + (f", clothing distance {_between(table, a, b, 'cloth'):.3f}" if table.has_cloth[[a, b]].all() else "")
    ]
    if table.frame_id[a] == table.frame_id[b] and units.beside[first, second]:
        lines.append("  in one frame: different people, whatever the distance")
    elif first == second and clustering.track[a] >= 0:
        lines.append("  in one track: the same person")
    elif first == second:
        lines.append("  exact copies of each other")
    else:
        one, other = (people.singles.take(np.array([unit])) for unit in (first, second))
        lines.append(f"  their tracks or single faces: {people.compared(one, other, 0).words}")
        if units.told[first, second]:
            lines.append("  somebody has said that these are two people")
        if units.beside[first, second]:
            lines.append("  their tracks share a frame: different people")
    one, other = clustering.labels[[a, b]]
    if one >= 0 and one == other:
        lines.append(f"  both are {people.name(one)}")
    elif one >= 0 and other >= 0:
        pair = people.compared(people.groups.take(np.array([one])), people.groups, other)
        lines.append(f"  {people.name(one)} and {people.name(other)}: {pair.words}")
    else:
        lines.append(f"  {people.name(one)} and {people.name(other)}")
    return lines


def _neighbours(table: FaceTable, row: int, among: np.ndarray) -> str:
    apart = squared(table.embedding[[row]], table.embedding[among])[0]
    best = np.argsort(apart, kind="stable")[:NEAREST]
    return ", ".join(f"{table.face_id[among[i]]} {np.sqrt(apart[i]):.3f}" for i in best)


def _between(table: FaceTable, a: int, b: int, column: str = "embedding") -> float:
    vectors = getattr(table, column).astype(np.float64)
    return float(np.linalg.norm(vectors[a] - vectors[b]))


def _track(track: int) -> str:
    return f"track {track}" if track >= 0 else "no track"
