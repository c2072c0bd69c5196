"""How good a run is, as far as that can be told without labels: what is expected, by the probabilities of its mistakes.

The same that questions are made of: the log odds that a unit is not its person's, that two people are one, and that an
unknown face is somebody's. B-cubed precision and recall are the means over the faces, each mistake at its probability.
"""

from dataclasses import dataclass

import numpy as np

from facepipe.likeness import logistic
from facepipe.questions.draft import outliers_of
from facepipe.questions.evidence import Evidence
from facepipe.questions.merges import one_person
from facepipe.table import FaceTable

RIGHTLY_APART = 0.3  # recall of a face that is with the wrong person: its own one is mostly small


@dataclass(frozen=True, slots=True)
class Estimate:
    """precision, recall, f: B-cubed, of all faces, unknown ones alone. wrong: faces that are with somebody else."""

    precision: float
    recall: float
    wrong: float

    @property
    def f(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def estimate(table: FaceTable) -> Estimate:
    """What is expected of a table whose faces have their people's names."""
    ev = Evidence(table)
    if not ev.names:
        return Estimate(1.0, 1.0, 0.0)
    count, size = len(ev.names), ev.size.astype(np.float64)
    known = np.flatnonzero(ev.of_unit >= 0)
    odd = logistic(outliers_of(ev, np.arange(count))[known]) * ev.faces[known]
    wrong = np.bincount(ev.of_unit[known], odd, count)
    right = np.maximum(size - wrong, 1)
    unknown = _of_unknown(ev)
    elsewhere = _elsewhere(ev, right) + np.bincount(unknown.person, unknown.chance * unknown.faces, count)
    precision = ((right**2 + wrong) / size).sum() + unknown.faces.sum()
    recall = (right**2 / (right + elsewhere)).sum() + RIGHTLY_APART * wrong.sum() + unknown.recall.sum()
    return Estimate(float(precision / len(table)), float(recall / len(table)), float(wrong.sum()))


def _elsewhere(ev: Evidence, right: np.ndarray) -> np.ndarray:
    """How many faces of each person are expected under other names: float64 (k,)."""
    near = ev.near(ev.people, *[np.arange(len(ev.names))] * 2)
    one, place = np.nonzero(near.label >= 0)
    other = near.label[one, place]
    chance = logistic(one_person(ev, one, other, near.nats[one, place]))
    return np.bincount(one, chance * right[other], len(ev.names))


@dataclass(frozen=True, slots=True, eq=False)
class _Unknown:
    """Units of nobody that may be somebody's: whose, how likely, how many faces, and their expected recall."""

    person: np.ndarray
    chance: np.ndarray
    faces: np.ndarray
    recall: np.ndarray


def _of_unknown(ev: Evidence) -> _Unknown:
    units = np.flatnonzero(ev.of_unit < 0)
    faces = ev.faces[units].astype(np.float64)
    near = ev.near(ev.singles, units, np.full(len(units), -1))
    best = near.nats.argmax(axis=1)
    rows = np.arange(len(units))
    person = near.label[rows, best]
    chance = np.where(person >= 0, logistic(near.nats[rows, best]), 0.0)
    person = np.maximum(person, 0)
    return _Unknown(person, chance, faces, (1 - chance + chance / (ev.size[person] + 1)) * faces)
