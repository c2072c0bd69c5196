"""Why faces are, or are not, the same person: distances, constraints, and the step that decided, in words."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from facepipe.cluster.calibrate import loosened
from facepipe.cluster.linkage import Groups
from facepipe.cluster.units import Units, make_units
from facepipe.distances import squared
from facepipe.records import UNKNOWN, Clustering
from facepipe.table import FaceTable

NEAREST = 3  # how many neighbours are listed


def explain(table: FaceTable, clustering: Clustering, rows: Sequence[int], *, allow_duplicates: bool = False) -> str:
    """Lines on each face of `rows` and on each pair of them; distances are in dlib's unit.

    clustering: of this table, by any clusterer; people are numbered as in its labels. The cut named is that of `people`
    for what is compared. allow_duplicates: as it was clustered with.
    """
    units = make_units(table, clustering.track, allow_duplicates)
    of_unit = np.full(len(units.mean), UNKNOWN, np.int64)
    of_unit[units.of_face] = clustering.labels
    inside = np.flatnonzero((of_unit >= 0) & ~units.weak)
    spread = loosened(units.spread, of_unit[inside], units.mean[inside], units.pictures[inside])
    units = replace(units, spread=spread)
    people = _People(units, of_unit)
    rows = list(dict.fromkeys(int(row) for row in rows))
    lines = []
    for row in rows:
        lines += [*_one(table, clustering, units, people, row), ""]
    for a, b in combinations(rows, 2):
        lines += [*_two(table, clustering, units, people, a, b), ""]
    return "\n".join(lines[:-1])


class _People:
    """What each label holds: its units and their mean."""

    def __init__(self, units: Units, of_unit: np.ndarray) -> None:
        self.of_unit = of_unit
        inside = np.flatnonzero(of_unit >= 0)
        self.groups = units.groups().take(inside).pooled(of_unit[inside], int(of_unit.max(initial=-1)) + 1)

    def without(self, units: Units, unit: int) -> Groups | None:
        """The unit's person without the unit itself; None when nothing is left."""
        rest = np.flatnonzero((self.of_unit == self.of_unit[unit]) & (np.arange(len(self.of_unit)) != unit))
        if self.of_unit[unit] < 0 or not len(rest):
            return None
        return units.groups().take(rest).pooled(np.zeros(len(rest), np.int64), 1)


def _one(table: FaceTable, clustering: Clustering, units: Units, people: _People, row: int) -> list[str]:
    unit = units.of_face[row]
    lines = [
        f"{table.face_id[row]}: {_name(clustering.labels[row])}, {_track(clustering.track[row])}, "
        f"quality {table.quality[row]:.2f}, at {table.time_s[row]:.2f} s"
    ]
    if clustering.notes:
        lines.append(f"  {clustering.notes[row]}")
    mine = np.flatnonzero((clustering.labels == clustering.labels[row]) & (np.arange(len(table)) != row))
    if clustering.labels[row] >= 0 and len(mine):
        lines.append(f"  nearest faces of {_name(clustering.labels[row])}: {_neighbours(table, row, mine)}")
    own = units.groups().take(np.array([unit]))
    rest = people.without(units, unit)
    if rest is not None:
        lines.append(f"  to the rest of {_name(clustering.labels[row])}: {_distance_and_cut(own, rest, 0)}")
    lines += _other_people(units, people, unit, own)
    return lines


def _other_people(units: Units, people: _People, unit: int, own: Groups) -> list[str]:
    if not len(people.groups):
        return []
    apart = own.mean_squared(people.groups)[0]
    order = [label for label in np.argsort(apart, kind="stable") if label != people.of_unit[unit]]
    rivals = people.of_unit[units.cannot[unit].indices]
    lines = []
    for label in order[:NEAREST]:
        beside = ", seen in one frame with it: never the same person" if label in rivals else ""
        lines.append(f"  to {_name(label)}: {_distance_and_cut(own, people.groups, label)}{beside}")
    return lines


def _two(table: FaceTable, clustering: Clustering, units: Units, people: _People, a: int, b: int) -> list[str]:
    first, second = units.of_face[a], units.of_face[b]
    lines = [
        f"{table.face_id[a]} and {table.face_id[b]}: face distance {_between(table, a, b):.3f}"
        + (f", clothing distance {_between(table, a, b, 'cloth'):.3f}" if table.has_cloth[[a, b]].all() else "")
    ]
    if table.frame_id[a] == table.frame_id[b] and units.cannot[first, second]:
        lines.append("  in one frame: different people, whatever the distance")
    elif first == second and clustering.track[a] >= 0:
        lines.append("  in one track: the same person")
    elif first == second:
        lines.append("  exact copies of each other")
    else:
        groups = units.groups()
        pair = _distance_and_cut(groups.take(np.array([first])), groups.take(np.array([second])), 0)
        lines.append(f"  their tracks or single faces: {pair}")
        if units.cannot[first, second]:
            lines.append("  their tracks share a frame: different people")
    one, other = clustering.labels[[a, b]]
    if one >= 0 and one == other:
        lines.append(f"  both are {_name(one)}")
    elif one >= 0 and other >= 0:
        pair = _distance_and_cut(people.groups.take(np.array([one])), people.groups, other)
        lines.append(f"  {_name(one)} and {_name(other)}: {pair}")
    else:
        lines.append(f"  {_name(one)} and {_name(other)}")
    return lines


def _distance_and_cut(one: Groups, others: Groups, index: int) -> str:
    """Root mean squared distance between the members of two groups, and the cut that applies to them."""
    apart = float(np.sqrt(one.mean_squared(others)[0, index]))
    cut = float(np.sqrt(one.radius[0] + others.radius[index]))
    return f"{apart:.3f} ({'within' if apart < cut else 'beyond'} the cut {cut:.3f})"


def _neighbours(table: FaceTable, row: int, among: np.ndarray) -> str:
    apart = squared(table.embedding[[row]], table.embedding[among])[0]
    best = np.argsort(apart, kind="stable")[:NEAREST]
    return ", ".join(f"{table.face_id[among[i]]} {np.sqrt(apart[i]):.3f}" for i in best)


def _between(table: FaceTable, a: int, b: int, column: str = "embedding") -> float:
    vectors = getattr(table, column).astype(np.float64)
    return float(np.linalg.norm(vectors[a] - vectors[b]))


def _name(label: int) -> str:
    return f"person {label}" if label >= 0 else "unknown"


def _track(track: int) -> str:
    return f"track {track}" if track >= 0 else "no track"
