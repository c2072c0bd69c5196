"""Units that are too unreliable to vote: small, blurred, turned away, dark, or no face at all.

Strangers seen so badly lie near each other, so these units are only compared with people whom better ones show. Each
joins the person for whom the evidence is clear, the clearest first; one that is a track of three faces or more, whose
faces agree or they would not be one track, is a person of its own if it is nobody else. Whoever is seen in one picture
alone is seen hardly better than that, as a rule: a blur behind somebody, which other blurs lie near to. So nothing less
than such a track joins that.
"""

import numpy as np

from facepipe.cluster import constraints
from facepipe.cluster.codes import pair_codes
from facepipe.cluster.groups import Groups
from facepipe.cluster.neighbours import Neighbours
from facepipe.cluster.pairs import pairs_for
from facepipe.cluster.priors import Priors
from facepipe.cluster.units import Units

CLEAR = np.log(3.0)  # nats by which the best person must beat doing nothing, and the second best person
OWN_PERSON = 3  # pictures
# How many better pictures a person needs before less than that may join. Where one was enough, 15 faces joined in a
# quarter of LFW, advertisements and a stage: blurs on blurs, none of which could be seen to be right, nor is judged.
SHOWN = 2


def attach_weak(
    units: Units, singles: Groups, persons: Groups, priors: Priors, label: np.ndarray, evidence: np.ndarray
) -> None:
    """Give weak units a label, in place; also how much evidence there was.

    singles: every unit alone. persons: what the labels hold of the others. label: int (m,). evidence: float (m,).
    """
    weak = np.flatnonzero(units.weak(priors.likeness))
    if len(weak) and len(persons):
        shown = well_shown(units, label, len(persons))
        for nats, unit, person in _clear(units, singles, persons, priors, label, weak):
            rivals, may_join = units.cannot[unit].indices, shown[person] or units.pictures[unit] >= OWN_PERSON
            if may_join and not (label[rivals] == person).any():
                label[unit], evidence[unit] = person, nats
    alone = weak[(label[weak] < 0) & (units.pictures[weak] >= OWN_PERSON)]
    label[alone] = int(label.max(initial=-1)) + 1 + np.arange(len(alone))


def well_shown(units: Units, label: np.ndarray, count: int) -> np.ndarray:
    """Which of the people 0 to count - 1 are seen in so many pictures that a weak face may join: bool (count,).

    label: int (m,), of the units that are not weak; -1 of the others.
    """
    better = label >= 0
    return np.bincount(label[better], units.pictures[better], count) >= SHOWN


def _clear(units, singles, persons, priors, label, weak) -> list[tuple[float, int, int]]:
    """(nats, unit, person) of the units that clearly are somebody, most evidence first."""
    cannot = constraints.against_groups(units.cannot, label, len(persons))
    found = list(pairs_for(singles, persons, weak, Neighbours(persons), priors, cannot))
    unit, person, nats = (np.concatenate([getattr(p, name) for p in found]) for name in ("left", "right", "nats"))
    order = np.lexsort((person, -nats, unit))
    unit, person, nats = _distinct(unit[order], person[order], nats[order])
    first = np.flatnonzero(np.diff(unit, prepend=-1) != 0)
    second = np.where(np.r_[unit, -1][first + 1] == unit[first], np.r_[nats, 0.0][first + 1], 0.0)
    first = first[nats[first] - second > CLEAR]
    clear = zip(nats[first].tolist(), unit[first].tolist(), person[first].tolist(), strict=True)
    return sorted(clear, key=lambda one: (-one[0], one[1]))


def _distinct(unit: np.ndarray, person: np.ndarray, nats: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same without repeated pairs; of these the first stays."""
    _, first = np.unique(pair_codes(unit, person), return_index=True)
    first = np.sort(first)
    return unit[first], person[first], nats[first]
