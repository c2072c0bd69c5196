"""People who may be one: which two, how likely, and how they are asked about."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from heapq import heapify, heapreplace
from typing import NamedTuple

import numpy as np

from facepipe.questions.draft import LEAST, SIDE, TILES, Draft, Known, Part, any_of
from facepipe.questions.evidence import Evidence
from facepipe.questions.question import keep_first

BESIDE = 6.0  # nats that a frame in which both are seen weighs against one person, in a video
BESIDE_PHOTO = 3.0  # ... in a photo, which may be a collage
# Log odds at most of two people of whom one is only seen badly: of 8 such pairs of the adverts none was one person,
# while of 254 pairs of people who are seen well as many were as their log odds of 0 to -3 say.
WEAK_PEOPLE = -3.0


def merges(known: Known) -> Iterator[Draft]:
    """Two people who are rather one than not are asked about alone; of the others it is asked which are somebody too,
    so that one question asks about as many pairs as can be."""
    open_pairs: dict[int, list[_Pair]] = defaultdict(list)
    for pair in _pairs(known):
        if pair.chance > 0.5:
            yield _merge(known, pair)
        else:
            for label in (pair.one, pair.other):
                open_pairs[label].append(pair)
    most = [(-len(pairs), -int(known.evidence.size[label]), label) for label, pairs in open_pairs.items()]
    heapify(most)
    while most:
        count, size, person = most[0]
        if -count != len(open_pairs[person]):  # some have been asked about meanwhile
            heapreplace(most, (-len(open_pairs[person]), size, person))
            continue
        if not count:
            return
        pairs = sorted(open_pairs[person], key=lambda pair: (-pair.gain, pair))[:TILES]
        yield _also(known, person, pairs) if len(pairs) > 1 else _merge(known, pairs[0])
        for pair in pairs:
            open_pairs[pair.one].remove(pair)
            open_pairs[pair.other].remove(pair)


class _Pair(NamedTuple):
    """Labels of two people who may be one. gain: faces that become right, on average."""

    one: int
    other: int
    nats: float
    chance: float
    gain: float

    def key(self, ev: Evidence) -> str:
        """Another one when the smaller has changed, or the larger much."""
        small = self.smaller(ev)
        large = self.one + self.other - small
        return f"merge:{ev.names[self.one]}/{ev.names[self.other]}:{ev.size[small]}+{int(ev.size[large]).bit_length()}"

    def smaller(self, ev: Evidence) -> int:
        return min(self[:2], key=lambda label: (ev.size[label], label))


def _pairs(known: Known) -> Iterator[_Pair]:
    """Those that are likely enough, and that nobody has told apart."""
    ev = known.evidence
    near = ev.near(ev.people, *[np.arange(len(ev.names))] * 2)
    i, k = np.nonzero(near.label >= 0)
    pairs = np.sort(np.stack([i, near.label[i, k]]), axis=0)
    pairs, first = np.unique(pairs, axis=1, return_index=True)
    one, other = pairs
    nats = one_person(ev, one, other, near.nats[i, k][first])
    chance = known.calibration.probability("merge", nats)
    apart = told_apart(known)
    likely = np.flatnonzero(chance >= LEAST)
    # Faces for whose sake two people may seem to be one. Not those of everybody: this is what is asked first.
    doubtful = np.flatnonzero(known.strays(np.unique(pairs[:, likely])) > 0)
    certain = ev.size - np.bincount(ev.of_unit[doubtful], ev.faces[doubtful], len(ev.names))
    for n in likely.tolist():
        a, b = int(one[n]), int(other[n])
        pair = _Pair(a, b, float(nats[n]), float(chance[n]), float(chance[n] * min(certain[a], certain[b])))
        if (a, b) not in apart and pair.key(ev) not in known.asked:
            yield pair


def _merge(known: Known, pair: _Pair) -> Draft:
    ev = known.evidence
    shown = sum(min(SIDE, len(ev.units_of[label])) for label in pair[:2])
    size = {ev.names[label]: int(ev.size[label]) for label in pair[:2]}
    people = sorted(size, key=lambda name: keep_first(name, size[name]))
    units = ev.units_of[pair.smaller(ev)]
    return Draft("merge", tuple(people), pair.nats, pair.gain, 1.0 + 0.1 * shown, (pair.key(ev),), units)


def _also(known: Known, person: int, pairs: Sequence[_Pair]) -> Draft:
    """Which of several people are somebody too."""
    ev = known.evidence
    others = [pair.other if pair.one == person else pair.one for pair in pairs]
    parts = tuple(Part(ev.units_of[label], pair.nats) for label, pair in zip(others, pairs, strict=True))
    odds = any_of([pair.chance for pair in pairs])
    gain, keys = sum(pair.gain for pair in pairs), tuple(pair.key(ev) for pair in pairs)
    concerned = np.unique(np.concatenate([ev.units_of[pair.smaller(ev)] for pair in pairs]))
    return Draft("also", (ev.names[person],), odds, gain, 1.0 + 0.3 * len(parts), keys, concerned, parts)


def one_person(ev: Evidence, one: np.ndarray, other: np.ndarray, nats: np.ndarray) -> np.ndarray:
    """Log odds that pairs of people, labels (p,), are one, of what their vectors say: float64 (p,)."""
    nats = np.where(ev.strong[one] & ev.strong[other], nats, np.minimum(nats, WEAK_PEOPLE))
    beside = BESIDE_PHOTO if ev.units.photo.all() else BESIDE
    return nats - beside * ev.shared_frames(one, other)


def told_apart(known: Known) -> set[tuple[int, int]]:
    """Pairs of labels, the smaller first, that somebody has said to be two people."""
    if not known.corrections.different:
        return set()
    ev = known.evidence
    label = {name: place for place, name in enumerate(ev.names)}
    pairs = known.corrections.told_apart(dict(zip(ev.table.face_id, ev.person, strict=True)))
    return {(label[a], label[b]) for a, b in map(sorted, pairs)}
