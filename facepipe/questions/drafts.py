"""What may be wrong, kind by kind, with how likely it is and how many faces it concerns; pictures are chosen later."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from facepipe.people.decisions import SHOWN, Corrections
from facepipe.questions.calibration import Calibration
from facepipe.questions.evidence import Evidence
from facepipe.questions.question import is_placeholder

LEAST = 0.005  # probability below which nobody is asked
WORTH = 0.02  # ... and faces that become right, on average
TILES = 24  # on one grid
SIDE = SHOWN  # tiles of a person who is shown as a whole
RIGHT = np.log(0.9 / 0.1)  # nats for a face's being where it is, before looking
BESIDE = 6.0  # nats that a frame in which both are seen weighs against one person, in a video
BESIDE_PHOTO = 3.0  # ... in a photo, which may be a collage
WEAK = -1.0  # log odds at most of what is said of faces that are only seen badly: strangers meet there
# ... and of two people of whom one is only seen badly: of 8 such pairs of the adverts none was one person, while of
# 254 pairs of people who are seen well as many were as their log odds of 0 to -3 say.
WEAK_PEOPLE = -3.0
CERTAIN = 8.0  # nats with which a unit fits its person so well that it is not compared with others
NAME_WORTH, STRANGER_WORTH = 0.05, 0.05  # faces that become right: a face with a real name, a stranger who goes
STRANGER = 2  # faces of a person who may be nobody, at most
BIG = 5, 0.02  # faces that a person needs to be asked for by name, and share of all


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
    """What drafts are made of. asked: keys of what was asked already."""

    evidence: Evidence
    corrections: Corrections
    calibration: Calibration
    asked: frozenset[str]

    @cached_property
    def outliers(self) -> np.ndarray:
        """Log odds, before answers are learnt from, that each unit is not its person's: float64 (m,)."""
        return outliers_of(self.evidence)

    def looked(self, unit: int) -> bool:
        """Whether somebody has decided on a unit, one by one."""
        ids = self.evidence.table.face_id
        return all(ids[row] in self.corrections.looked for row in self.evidence.rows[unit])

    def key(self, kind: str, unit: int) -> str:
        return f"{kind}:{self.evidence.table.face_id[self.evidence.rows[unit][0]]}"


def drafts(known: Known) -> list[Draft]:
    """All of them, the most worth first."""
    found = [draft for kind in (_merges, _odd, _unknown, _collages, _names, _strangers) for draft in kind(known)]
    found = [draft for draft in found if draft.gain >= WORTH and known.asked.isdisjoint(draft.keys)]
    return sorted(found, key=lambda draft: (-draft.gain / draft.effort, draft.kind, draft.people, draft.keys))


def _merges(known: Known) -> Iterator[Draft]:
    ev = known.evidence
    near = ev.near(ev.people, np.arange(len(ev.names)))
    i, k = np.nonzero(near.label >= 0)
    pairs = np.sort(np.stack([i, near.label[i, k]]), axis=0)
    pairs, first = np.unique(pairs, axis=1, return_index=True)
    one, other = pairs
    nats = one_person(ev, one, other, near.nats[i, k][first])
    chance = known.calibration.probability("merge", nats)
    apart = _told_apart(known)
    doubtful = np.flatnonzero(known.outliers > 0)  # faces for whose sake two people may seem to be one
    certain = ev.size - np.bincount(ev.of_unit[doubtful], ev.faces[doubtful], len(ev.names))
    for n in np.flatnonzero(chance >= LEAST).tolist():
        a, b = int(one[n]), int(other[n])
        if (a, b) not in apart:
            keep, join = sorted((a, b), key=lambda label: (is_placeholder(ev.names[label]), -ev.size[label], label))
            smaller = ev.units_of[min((a, b), key=lambda label: (ev.size[label], label))]
            shown = min(SIDE, len(ev.units_of[a])) + min(SIDE, len(ev.units_of[b]))
            people = (ev.names[keep], ev.names[join])
            key = f"merge:{'/'.join(sorted(people))}:{ev.size[a]}+{ev.size[b]}"  # another one when they have changed
            gain = float(chance[n] * min(certain[a], certain[b]))
            yield Draft("merge", people, float(nats[n]), gain, 1.0 + 0.1 * shown, (key,), smaller)


def one_person(ev: Evidence, one: np.ndarray, other: np.ndarray, nats: np.ndarray) -> np.ndarray:
    """Log odds that pairs of people, labels (p,), are one, of what their vectors say: float64 (p,)."""
    nats = np.where(ev.strong[one] & ev.strong[other], nats, np.minimum(nats, WEAK_PEOPLE))
    beside = BESIDE_PHOTO if ev.units.photo.all() else BESIDE
    return nats - beside * ev.shared_frames(one, other)


def _told_apart(known: Known) -> set[tuple[int, int]]:
    """Pairs of labels, the smaller first, that somebody has said to be two people."""
    ev = known.evidence
    label = {name: place for place, name in enumerate(ev.names)}
    person = dict(zip(ev.table.face_id, ev.person, strict=True)) if known.corrections.different else {}
    found = set()
    for sides in known.corrections.different:
        one, other = ({label.get(person.get(face, ""), -1) for face in side} - {-1} for side in sides)
        found |= {(min(a, b), max(a, b)) for a in one for b in other if a != b}
    return found


def _odd(known: Known) -> Iterator[Draft]:
    ev = known.evidence
    nats = known.outliers.copy()
    least = np.log(LEAST / (1 - LEAST)) - known.calibration.shift("odd")
    for label, name in enumerate(ev.names):
        units = ev.units_of[label]
        part, says = ev.parted(label)
        if -says - RIGHT > least and not _said_same(known, part):
            nats[part] = np.maximum(nats[part], -says - RIGHT)
        own = {int(unit): float(nats[unit]) for unit in units[nats[units] > least]}
        if own:
            yield from _grid(known, "odd", name, own)


def outliers_of(ev: Evidence) -> np.ndarray:
    """Log odds that each unit is not its person's: float64 (m,)."""
    fits = ev.fits
    out = np.full(len(fits), -np.inf)
    doubtful = np.flatnonzero(fits < CERTAIN)
    near = ev.near(ev.singles.take(doubtful), ev.of_unit[doubtful])
    elsewhere = np.logaddexp(np.logaddexp.reduce(near.nats, axis=1), np.log(0.5))
    out[doubtful] = elsewhere - fits[doubtful] - RIGHT
    out = np.where(ev.weak, np.minimum(out, WEAK), out)
    for units, size in zip(ev.units_of, ev.size.tolist(), strict=True):
        main = int(units[ev.faces[units].argmax()])
        if len(units) == 2 and 2 * ev.faces[main] == size:  # as likely either: the one that is rather somebody else
            main = min(units.tolist(), key=lambda unit: (out[unit], -ev.reliability[unit], unit))
        if len(units) == 2 or 2 * ev.faces[main] > size:
            out[main] = -np.inf  # this is who the person is
    return out


def _said_same(known: Known, part: np.ndarray) -> bool:
    """Whether somebody has said that a part of a person and the rest are one."""
    ev = known.evidence
    inside = {face for unit in part.tolist() for face in ev.face_ids(unit)}
    for sides in known.corrections.same:
        shares = [len(side & inside) / len(side) for side in sides]
        if min(shares) < 0.5 < max(shares):
            return True
    return False


def _unknown(known: Known) -> Iterator[Draft]:
    ev, corrections = known.evidence, known.corrections
    ids = ev.table.face_id
    units = [u for u in np.flatnonzero(ev.of_unit < 0).tolist() if ids[ev.rows[u][0]] not in corrections.nobody]
    if not units or not ev.names:
        return
    near = ev.near(ev.singles.take(np.array(units)), np.full(len(units), -1))
    asked: dict[str, dict[int, float]] = {}
    for unit, labels, nats in zip(units, near.label.tolist(), near.nats, strict=True):
        beside = set(ev.of_unit[ev.beside(unit)].tolist())
        barred = frozenset().union(*(corrections.rejected.get(ids[row], frozenset()) for row in ev.rows[unit]))
        nats = nats - np.array([BESIDE * (label in beside) for label in labels])
        able = [k for k, label in enumerate(labels) if label >= 0 and ev.names[label] not in barred]
        if able:
            best = max(able, key=lambda k: nats[k])
            rest = np.logaddexp.reduce([0.0, *(nats[k] for k in able if k != best)])
            says = float(nats[best] - rest)
            asked.setdefault(ev.names[labels[best]], {})[unit] = min(says, WEAK) if ev.weak[unit] else says
    for name, own in asked.items():
        yield from _grid(known, "unknown", name, own)


def _grid(known: Known, kind: str, name: str, nats: dict[int, float]) -> Iterator[Draft]:
    """A question of up to TILES tiles for those units of `nats` that are likely enough what is asked."""
    ev = known.evidence
    chances = known.calibration.probability(kind, np.array([*nats.values()])).tolist()
    chance = {
        unit: p
        for unit, p in zip(nats, chances, strict=True)
        if p >= LEAST and not known.looked(unit) and known.key(kind, unit) not in known.asked
    }
    if not chance:
        return
    open_units = sorted(chance, key=lambda unit: (-chance[unit] * int(ev.faces[unit]), unit))
    groups = _bundled(ev, open_units, TILES)
    parts = tuple(Part(np.array(units), max(nats[unit] for unit in units)) for units in groups)
    gain = sum(chance[unit] * int(ev.faces[unit]) for unit in open_units)
    nothing = float(np.prod([1 - chance[units[0]] for units in groups]))
    keys = tuple(known.key(kind, units[0]) for units in groups)
    odds = float(np.log(max(1 - nothing, 1e-9) / max(nothing, 1e-9)))
    yield Draft(kind, (name,), odds, gain, 1.0 + 0.3 * len(parts), keys, np.array(open_units), parts)


def _bundled(ev: Evidence, units: Sequence[int], most: int) -> list[list[int]]:
    """Units as at most that many groups, each of a unit and those that are most like it."""
    if len(units) <= most:
        return [[unit] for unit in units]
    direction = ev.singles.take(np.array(units)).directions()
    nearest = (direction @ direction[:most].T).argmax(1)
    nearest[:most] = np.arange(most)
    return [[units[place] for place in np.flatnonzero(nearest == k)] for k in range(most)]


def _collages(known: Known) -> Iterator[Draft]:
    ev, corrections = known.evidence, known.corrections
    a, b, says = ev.twice
    somebody = (ev.of_unit[a] >= 0) | (ev.of_unit[b] >= 0)
    a, b, nats = a[somebody], b[somebody], says[somebody] - ev.priors.everywhere
    nats = np.where(ev.of_unit[a] == ev.of_unit[b], -nats, nats)
    chances = known.calibration.probability("collage", nats)
    open_pairs = np.flatnonzero(chances >= LEAST)
    apart = _told_apart(known)
    for one, other, says, chance in zip(*(x[open_pairs].tolist() for x in (a, b, nats, chances)), strict=True):
        one, other = sorted((one, other), key=lambda unit: (ev.of_unit[unit] < 0, unit))
        labels = int(ev.of_unit[one]), int(ev.of_unit[other])
        if (min(labels), max(labels)) in apart or (known.looked(one) and known.looked(other)):
            continue
        rows = [ev.table.face_id[ev.rows[unit][0]] for unit in (one, other)]
        if any(
            ev.names[labels[0]] in corrections.rejected.get(face, ()) or face in corrections.nobody for face in rows
        ):
            continue
        people = tuple(dict.fromkeys(ev.names[label] for label in labels if label >= 0))
        parts = tuple(Part(np.array([unit]), says) for unit in (one, other))
        key = "collage:" + "/".join(sorted(rows))
        gain = chance * int(ev.faces[other])
        yield Draft("collage", people, says, gain, 1.2, (key,), np.array([other]), parts)


def _names(known: Known) -> Iterator[Draft]:
    ev = known.evidence
    least = max(BIG[0], BIG[1] * len(ev.table))
    for label, name in enumerate(ev.names):
        if is_placeholder(name) and ev.size[label] >= least:
            gain = NAME_WORTH * int(ev.size[label])
            yield Draft("name", (name,), 0.0, gain, 5.0, (f"name:{name}",), np.zeros(0, np.int64))


def _strangers(known: Known) -> Iterator[Draft]:
    ev = known.evidence
    small = [
        label
        for label, name in enumerate(ev.names)
        if ev.size[label] <= STRANGER
        and is_placeholder(name)
        and not all(map(known.looked, ev.units_of[label].tolist()))
        and known.key("strangers", int(ev.units_of[label][0])) not in known.asked
    ]
    chance = float(known.calibration.probability("strangers", 0.0))
    for start in range(0, len(small), TILES):
        labels = small[start : start + TILES]
        parts = tuple(Part(ev.units_of[label], 0.0) for label in labels)
        concerned = np.concatenate([part.units for part in parts])
        gain = STRANGER_WORTH * chance * int(ev.faces[concerned].sum())
        keys = tuple(known.key("strangers", int(part.units[0])) for part in parts)
        people = tuple(ev.names[label] for label in labels)
        yield Draft("strangers", people, 0.0, gain, 1.0 + 0.3 * len(parts), keys, concerned, parts)
