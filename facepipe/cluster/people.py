"""The default clusterer: from faces to people in four steps.

1. Units: the faces of a track are one unit; every other face is one by itself. Units that hold no face of sufficient
   quality are weak and wait. Exact copies of a picture count once.
2. Moment: units of one shot, or seen within seconds of each other, may join with the help of clothing.
3. Clip: all units by faces alone, average linkage, up to the cut that fits what is compared (see calibrate.py); then
   once more from there, with the cut that fits the people found so far.
4. Weak units join the person whom they are clearly nearest to, or stay unknown.

Two faces of one frame are never one person, in any step, unless duplicates are allowed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from facepipe.callbacks import Progress, no_progress
from facepipe.cluster import constraints
from facepipe.cluster.baselines import number_by_first_row
from facepipe.cluster.calibrate import loosened
from facepipe.cluster.linkage import Groups, average_linkage
from facepipe.cluster.moments import join_moments
from facepipe.cluster.tracks import make_tracks, possible_tracks
from facepipe.cluster.units import Units, make_units
from facepipe.contracts import Clusterer
from facepipe.distances import row_blocks
from facepipe.records import UNKNOWN, Clustering
from facepipe.table import FaceTable

WEAK_CUT = 0.8  # a weak unit joins below this share of the squared distance at which others would ...
WEAK_RATIO = 0.8  # ... and only where the second nearest person is farther by this factor (squared distances)


@dataclass(frozen=True, eq=False)
class Decision:
    """What happened to m units, and by which step.

    label: int (m,), -1 unknown. moment: int (m,), the group after step 2, -1 for weak units. distance: float (m,), the
    root mean squared distance at which a unit joined others, nan where it did not. cut: float (m,), what it was
    compared with.
    """

    label: np.ndarray
    moment: np.ndarray
    distance: np.ndarray
    cut: np.ndarray


@dataclass(frozen=True, slots=True)
class People(Clusterer):
    """The default. Uses the tracks of the table (but for impossible ones), or makes them where it has none.

    A second copy of a frame changes nobody. Memory: about 2 KB a face and 128 MB.
    """

    name: ClassVar[str] = "people"
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {"min_csize": (1, 2, 3)}

    def cluster(self, table: FaceTable, progress: Progress = no_progress) -> Clustering:
        if not len(table):
            return Clustering(np.zeros(0), table.track)
        order = np.argsort(np.array(table.face_id, dtype=str), kind="stable")
        back = np.argsort(order)
        ordered = table.take(order)
        track = possible_tracks(ordered) if (table.track >= 0).any() else make_tracks(ordered)
        units = make_units(ordered, track, self.allow_duplicates)
        decision = decide(ordered, units, progress)
        label = decision.label[units.of_face]
        small = np.bincount(label[label >= 0], minlength=1) < self.min_csize
        label = np.where((label >= 0) & small[label], UNKNOWN, label)
        notes = _notes(units, decision, label)
        return Clustering(
            number_by_first_row(label[back]),
            number_by_first_row(track[back]),
            tuple(notes[i] for i in back.tolist()),
            threshold=float(np.median(decision.cut[~units.weak])) if not units.weak.all() else None,
        )


def decide(table: FaceTable, units: Units, progress: Progress = no_progress) -> Decision:
    """Steps 2 to 4."""
    m = len(units.mean)
    strong = np.flatnonzero(~units.weak)
    label, moment = np.full(m, UNKNOWN), np.full(m, UNKNOWN)
    moment[strong] = join_moments(table, units, strong)
    label[:] = moment
    first = _link(units, label, progress)
    units = replace(units, spread=loosened(units.spread, label[strong], units.mean[strong], units.pictures[strong]))
    second = _link(units, label)
    progress(m, m)
    joined = np.where(np.isnan(first), second, first)
    distance, cut = np.sqrt(joined), np.sqrt(2 * units.radius)
    _attach_weak(units, label, distance, cut)
    return Decision(label, moment, distance, cut)


def _link(units: Units, label: np.ndarray, progress: Progress = no_progress) -> np.ndarray:
    """Average linkage of the groups that `label` (-1: left out) makes of the units; `label` becomes what they join to.

    Returns for each unit, float (m,), the squared distance at which its group first joined another, or nan.
    """
    inside = np.flatnonzero(label >= 0)
    groups = _people(units, label)
    merged = average_linkage(groups, constraints.merge(units.cannot, label, len(groups)), progress)
    joined = np.full(len(label), np.nan)
    joined[inside] = merged.first_join[label[inside]]
    label[inside] = merged.labels[label[inside]]
    return joined


def _people(units: Units, label: np.ndarray) -> Groups:
    inside = np.flatnonzero(label >= 0)
    return units.groups().take(inside).pooled(label[inside], int(label.max(initial=-1)) + 1)


def _attach_weak(units: Units, label: np.ndarray, distance: np.ndarray, cut: np.ndarray) -> None:
    """Give weak units the label of the person they are clearly nearest to, best first; fills the other arrays too."""
    weak = np.flatnonzero(units.weak)
    persons = _people(units, label)
    if not len(weak) or not len(persons):
        return
    cannot = constraints.against_groups(units.cannot, label, len(persons))
    alone = units.groups()
    best, apart, ratio = np.zeros(len(weak), np.int64), np.full(len(weak), np.inf), np.full(len(weak), np.inf)
    for block in row_blocks(len(weak), len(persons)):
        rows = weak[block]
        table = alone.take(rows).mean_squared(persons)
        table[cannot[rows].nonzero()] = np.inf
        best[block] = table.argmin(1)
        at = (np.arange(len(rows)), best[block])
        apart[block] = table[at]
        table[at] = np.inf
        ratio[block] = apart[block] / np.minimum(table.min(1), np.finfo(np.float32).max)
    bar = WEAK_CUT * (units.radius[weak] + persons.radius[best])
    distance[weak], cut[weak] = np.sqrt(apart), np.sqrt(bar)
    clear = (apart < bar) & (ratio < WEAK_RATIO)
    for i in np.flatnonzero(clear)[np.argsort((apart - bar)[clear], kind="stable")]:
        unit, person = weak[i], best[i]
        rivals = units.cannot[unit].indices
        if not (label[rivals] == person).any():
            label[unit] = person


def _notes(units: Units, decision: Decision, label: np.ndarray) -> list[str]:
    """One line a face on the step that gave it its label."""
    together = np.bincount(decision.moment[decision.moment >= 0], minlength=1)
    lines = []
    for unit, faces in enumerate(units.faces.tolist()):
        what = f"track of {faces} faces" if faces > 1 else "single face"
        apart, cut = decision.distance[unit], decision.cut[unit]
        if units.weak[unit]:
            step = "joined" if decision.label[unit] >= 0 else "not near enough or not clearly nearest to anybody"
            lines.append(f"weak {what}: {step} (nearest person {apart:.2f}, cut {cut:.2f})")
        elif np.isfinite(apart):
            lines.append(f"{what}: joined others by face at {apart:.2f} (cut {cut:.2f})")
        elif together[decision.moment[unit]] > 1:
            lines.append(f"{what}: joined others of the same moment (cut {cut:.2f})")
        else:
            lines.append(f"{what}: nobody else within the cut {cut:.2f}")
    known = label >= 0
    return [
        lines[unit] if known[i] or decision.label[unit] < 0 else f"{lines[unit]}; fewer faces than a person needs"
        for i, unit in enumerate(units.of_face.tolist())
    ]
