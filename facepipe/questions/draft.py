"""A question before its pictures are chosen, and what it is made of."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from facepipe.people.decisions import Corrections
from facepipe.questions.calibration import Calibration
from facepipe.questions.evidence import Evidence

LEAST = 0.002  # probability below which nobody is asked
TILES = 24  # on one grid
SIDE = 8  # tiles of a person who is shown as a whole
RIGHT = np.log(0.9 / 0.1)  # nats for a face's being where it is, before looking
WEAK = -1.0  # log odds at most of what is said of faces that are only seen badly: strangers meet there
CERTAIN = 8.0  # nats with which a unit fits its person so well that it is not compared with others


@dataclass(frozen=True, eq=False)
class Part:
    """Units that one tile stands for. nats: log odds of what is asked."""

    units: np.ndarray
    nats: float


@dataclass(frozen=True, eq=False)
class Draft:
    """A question without its pictures; as of `Question`. parts: its tiles, or none where whole people are shown.
    concerned: the units that an answer may change."""

    kind: str
    people: tuple[str, ...]
    nats: float
    gain: float
    effort: float
    keys: tuple[str, ...]
    concerned: np.ndarray
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, eq=False)
class Known:
    """What drafts are made of. asked: keys of what was asked already. made: by what makes them, those made so far."""

    evidence: Evidence
    corrections: Corrections
    calibration: Calibration
    asked: frozenset[str]
    made: dict[Callable[["Known"], Iterator["Draft"]], list["Draft"]] = field(default_factory=dict)

    @cached_property
    def outliers(self) -> np.ndarray:
        """`strays` of everybody."""
        return self.strays(np.arange(len(self.evidence.names)))

    def strays(self, labels: np.ndarray) -> np.ndarray:
        """Log odds, before answers are learnt from, that each unit of some people is not theirs, alone or with a part
        of the person: float64 (m,), -inf for the others."""
        ev, out = self.evidence, outliers_of(self.evidence, labels)
        parts = [part for label in labels.tolist() for part in self._parts(label)]
        elsewhere = parts_elsewhere(ev, parts)
        for place in np.argsort(elsewhere, kind="stable").tolist():
            label, part, says = parts[place]
            out[part] = np.maximum(out[part], elsewhere[place] - says - RIGHT)
            if 2 * ev.faces[part].sum() == ev.size[label]:  # of two halves the one that is rather somebody else is last
                out[np.setdiff1d(ev.units_of[label], part)] = -np.inf
        return out

    def _parts(self, label: int) -> Iterator[tuple[int, np.ndarray, float]]:
        """The part of a person that may be somebody else, and what speaks for one person: of two halves, either."""
        ev = self.evidence
        part, says = ev.parted(label)
        if len(part) and not self.said_same(part):
            yield label, part, says
            if 2 * ev.faces[part].sum() == ev.size[label]:
                yield label, np.setdiff1d(ev.units_of[label], part), says

    def said_same(self, part: np.ndarray) -> bool:
        """Whether somebody has said that a part of a person and the rest are one."""
        inside = {face for unit in part.tolist() for face in self.evidence.face_ids(unit)}
        for sides in self.corrections.same:
            shares = [len(side & inside) / len(side) for side in sides]
            if min(shares) < 0.5 < max(shares):
                return True
        return False

    def looked(self, unit: int) -> bool:
        """Whether somebody has decided on a unit, one by one."""
        ids = self.evidence.table.face_id
        return all(ids[row] in self.corrections.looked for row in self.evidence.rows(unit))

    def key(self, kind: str, unit: int) -> str:
        return f"{kind}:{self.evidence.table.face_id[self.evidence.best[unit]]}"


def outliers_of(ev: Evidence, labels: np.ndarray) -> np.ndarray:
    """Log odds that each unit of some people is not theirs: float64 (m,), -inf for the others."""
    fits = ev.fits
    out = np.full(len(fits), -np.inf)
    doubtful = np.flatnonzero((fits < CERTAIN) & np.isin(ev.of_unit, labels))
    near = ev.near(ev.singles, doubtful, ev.of_unit[doubtful])
    elsewhere = np.logaddexp(np.logaddexp.reduce(near.nats, axis=1), np.log(0.5))
    out[doubtful] = elsewhere - fits[doubtful] - RIGHT
    out = np.where(ev.weak, np.minimum(out, WEAK), out)
    for label in labels.tolist():
        units, size = ev.units_of[label], int(ev.size[label])
        main = int(units[ev.faces[units].argmax()])
        if len(units) == 2 and 2 * ev.faces[main] == size:  # as likely either: the one that is rather somebody else
            main = min(units.tolist(), key=lambda unit: (out[unit], -ev.reliability[unit], unit))
        if len(units) == 2 or 2 * ev.faces[main] > size:
            out[main] = -np.inf  # this is who the person is
    return out


def parts_elsewhere(ev: Evidence, parts: Sequence[tuple[int, np.ndarray, float]]) -> np.ndarray:
    """What speaks for somebody else of parts of people, (label, units, ...) each, other people or nobody's: float64."""
    of_part = np.full(len(ev.units), -1)
    for place, (_, units, *_) in enumerate(parts):
        of_part[units] = place
    groups = ev.singles.pooled(of_part, len(parts))
    near = ev.near(groups, np.arange(len(parts)), np.array([label for label, *_ in parts], np.int64))
    found = np.logaddexp.reduce(near.nats.astype(np.float64), axis=1)
    weak = ev.likeness.reliability(groups.noise) < ev.likeness.weak
    return np.logaddexp(np.where(weak, -np.inf, found), 0.0)


def any_of(chances: Sequence[float]) -> float:
    """Log odds that any of it is so."""
    nothing = float(np.prod([1 - chance for chance in chances]))
    return float(np.log(max(1 - nothing, 1e-9) / max(nothing, 1e-9)))
