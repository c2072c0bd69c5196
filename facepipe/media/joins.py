"""Recordings that were joined to one file: where each begins, and one time that runs through all of them.

`cat a.ts b.ts`, a camcorder's parts, a broadcast that was interrupted: the later part's timestamps may begin before
the earlier's end, or anywhere.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np

_BACK_S = Fraction(1)  # decoding times that go back by more are a join; by less, only where a keyframe follows
_AHEAD = 2  # packets before a keyframe that are still being put together when it begins
_GAP = 3  # usual distances between packets; with a keyframe after a longer gap, a join too, though time goes on


def goes_back(stamps: Sequence[int | None]) -> int:
    """How often a time that is known is not after the one before."""
    return sum(later <= stamp for stamp, later in pairwise([stamp for stamp in stamps if stamp is not None]))


def joins(
    ticks: Sequence[int | None], stamps: Sequence[int | None], keys: Sequence[bool], time_base: Fraction
) -> list[tuple[int, bool]]:
    """(packet, whether time goes back there) for each packet with which another recording begins.

    ticks, stamps: presentation and decoding time of each packet, in ticks; the latter ascend within a recording.
    keys: whether a packet can be decoded on its own.
    """
    times = [tick if stamp is None else stamp for tick, stamp in zip(ticks, stamps, strict=True)]
    known = [place for place, now in enumerate(times) if now is not None]
    steps = [times[place] - times[before] for before, place in pairwise(known)]
    usual = float(np.median([step for step in steps if step > 0] or [0]))
    far_back = math.ceil(-_BACK_S / time_base)
    found = []
    for place, step in zip(known[1:], steps, strict=True):
        if step < far_back or (step < 0 and keys[place] and stamps[place] is not None):
            found.append((place, True))
        elif keys[place] and step > _GAP * usual:
            found.append((place, False))
    return found


def seams(stamps: Sequence[int | None], keys: Sequence[bool], near: int) -> set[int]:
    """The packets in front of a keyframe where decoding times go on evenly, from so many before to so many after: there
    the segments of one recording may be joined, whose transport counts anew in each.

    stamps, keys: as for `joins`.
    """
    times = np.array([np.nan if stamp is None else stamp for stamp in stamps])
    steps = np.diff(times)
    usual = np.median(steps) if len(steps) else np.nan
    even = np.abs(steps - usual) <= usual / 2
    ahead = {place - before for place in np.flatnonzero(keys).tolist() for before in range(_AHEAD + 1)}
    return {place for place in ahead if place > 0 and even[max(0, place - near) : place + near].all()}


def stamps_in_one_row(ticks: np.ndarray, starts: Sequence[int]) -> np.ndarray:
    """Presentation times, int64 (m,), of which each recording follows the one before at the usual distance.

    starts: the packets with which recordings begin whose time goes back.
    """
    if not starts:
        return ticks
    ticks = ticks.copy()
    for start, end in zip(starts, [*starts[1:], len(ticks)], strict=True):
        usual = max(1, int(np.median(np.diff(np.sort(ticks[:start]))))) if start > 1 else 1
        ticks[start:end] += ticks[:start].max() + usual - ticks[start:end].min()
    return ticks


def shown_packets(ticks: np.ndarray, keys: np.ndarray, starts: Sequence[int]) -> np.ndarray:
    """bool (m,): packets that do not come, in the order shown, before the first keyframe of their recording."""
    shown = np.zeros(len(ticks), bool)
    for start, end in zip([0, *starts], [*starts, len(ticks)], strict=True):
        if keys[start:end].any():
            shown[start:end] = ticks[start:end] >= ticks[start + int(np.argmax(keys[start:end]))]
    return shown
