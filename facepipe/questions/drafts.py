"""What may be wrong, kind by kind, with how likely it is and how many faces it concerns; pictures are chosen later."""

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from facepipe.questions.draft import LEAST, TILES, WEAK, Draft, Known, Part, any_of
from facepipe.questions.evidence import Evidence
from facepipe.questions.merges import BESIDE, merges, told_apart
from facepipe.questions.question import KINDS, MISTAKES, PEOPLE, is_placeholder

WORTH = 0.01  # faces that become right, on average, below which nobody is asked
NAME_WORTH, STRANGER_WORTH = 0.04, 0.05  # faces that become right: a face with a real name, a stranger who goes
PATIENCE = 20  # how much less that counts than a mistake when it is chosen what is asked next
STRANGER = 2  # faces of a person who may be nobody, at most
BIG = 5, 0.02  # faces that a person needs to be asked for by name, and share of all


def drafts(known: Known, kinds: Collection[str] = KINDS) -> list[Draft]:
    """All of some kinds, the most worth first."""
    makers = [make for make, gives in _MAKERS if not gives.isdisjoint(kinds)]
    for make in makers:
        if make not in known.made:
            known.made[make] = [*make(known)]
    found = [draft for make in makers for draft in known.made[make] if draft.kind in kinds]
    found = [draft for draft in found if draft.gain >= WORTH and known.asked.isdisjoint(draft.keys)]
    return sorted(found, key=lambda draft: (-_urgency(draft), draft.kind, draft.people, draft.keys))


def _urgency(draft: Draft) -> float:
    """Faces that become right in a second; mistakes come first, since they cost nobody to know any names."""
    return draft.gain / draft.effort / (1 if draft.kind in MISTAKES else PATIENCE)


def _odd(known: Known) -> Iterator[Draft]:
    ev = known.evidence
    nats = known.outliers
    least = np.log(LEAST / (1 - LEAST)) - known.calibration.shift("odd")
    for label, name in enumerate(ev.names):
        units = ev.units_of[label]
        own = {int(unit): float(nats[unit]) for unit in units[nats[units] > least]}
        if own:
            yield from _grid(known, "odd", name, own)


def _unknown(known: Known) -> Iterator[Draft]:
    ev, corrections = known.evidence, known.corrections
    ids = ev.table.face_id
    units = [u for u in np.flatnonzero(ev.of_unit < 0).tolist() if ids[ev.best[u]] not in corrections.nobody]
    if not units or not ev.names:
        return
    near = ev.near(ev.singles, np.array(units), np.full(len(units), -1))
    asked: dict[str, dict[int, float]] = {}
    for unit, labels, nats in zip(units, near.label.tolist(), near.nats, strict=True):
        beside = set(ev.of_unit[ev.beside(unit)].tolist())
        barred = frozenset().union(*(corrections.rejected.get(ids[row], frozenset()) for row in ev.rows(unit)))
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
        if p >= LEAST
        and (kind == "unknown" or not known.looked(unit))  # who is not one person may be another one
        and known.key(kind, unit) not in known.asked
    }
    if not chance:
        return
    open_units = sorted(chance, key=lambda unit: (-chance[unit] * int(ev.faces[unit]), unit))
    groups = _bundled(ev, open_units, TILES)
    parts = tuple(Part(np.array(units), max(nats[unit] for unit in units)) for units in groups)
    gain = sum(chance[unit] * int(ev.faces[unit]) for unit in open_units)
    odds = any_of([chance[units[0]] for units in groups])
    keys = tuple(known.key(kind, units[0]) for units in groups)
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
    apart = told_apart(known)
    for one, other, says, chance in zip(*(x[open_pairs].tolist() for x in (a, b, nats, chances)), strict=True):
        one, other = sorted((one, other), key=lambda unit: (ev.of_unit[unit] < 0, unit))
        labels = int(ev.of_unit[one]), int(ev.of_unit[other])
        if (min(labels), max(labels)) in apart or (known.looked(one) and known.looked(other)):
            continue
        rows = [ev.table.face_id[ev.best[unit]] for unit in (one, other)]
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
        called_so = known.corrections.names.get(name) == name  # by somebody who was asked
        if is_placeholder(name) and ev.size[label] >= least and not called_so:
            gain = NAME_WORTH * float(known.calibration.probability("name", 0.0)) * int(ev.size[label])
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


# What makes drafts, and of which kinds.
_MAKERS = (
    (merges, {*PEOPLE}),
    (_odd, {"odd"}),
    (_unknown, {"unknown"}),
    (_collages, {"collage"}),
    (_names, {"name"}),
    (_strangers, {"strangers"}),
)
