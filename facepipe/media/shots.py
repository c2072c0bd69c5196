"""Where one camera shot ends and the next begins, seen only on the frames that were sampled.

Between two samples a whole second may pass: people move, so positions change while colours stay; at a cut both
change. A boundary is where the change is large, or stands out from the changes around it. Splitting a shot
costs a track its length; joining two shots would link different people, so doubt splits.

Photos of a burst are a shot, too: of one folder and size, taken one after the other, with no boundary in between.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from facepipe.imaging.signature import GRID_SIZE
from facepipe.records import Frame
from facepipe.timespans import taken_s

# Chosen on a concert clip with fast light and on pictures panned, zoomed and relit: changes inside a shot stay
# below .22 there, cuts begin at .28; inside a still shot, changes are about .01, and cuts in one studio begin at .08.
_CERTAIN = 0.25  # always a boundary
_POSSIBLE = 0.07  # a boundary where it stands out from its neighbourhood
_PROMINENCE = 4.0  # ... by this factor over the median
# Of frames one after the other, a cut that stays in the scene (a zoom, a word left out) begins at a change of .017 and
# 50 times what is usual around it on advertisements; titles that appear, and fast light, stay below 30 times.
_JUMP = 0.01
_JUMP_PROMINENCE = 40.0
_REACH = 4  # changes on each side that make the neighbourhood
_LONG_GAP = 4.0  # a gap in time this many times the usual one is a boundary too
_BURST_S = 2.0  # from one photo of a burst to the next, at most; most cameras write whole seconds


def number_shots(frames: Sequence[Frame]) -> list[int]:
    """The shot of each sampled frame of a run, numbered over all, by the first of its frames; those of a source one
    after the other. Photos of which it is not known when they were taken have one each."""
    shots: list[int] = []
    for _, of_source in groupby(frames, key=lambda frame: frame.ref.source):
        group = list(of_source)
        first = shots[-1] + 1 if shots else 0
        ids = shot_ids([frame.signature for frame in group], [frame.ref.time_s for frame in group])
        shots.extend(first + shot for shot in ids)
    numbers = np.array(shots, np.int64)
    for burst in _bursts(frames):
        numbers[burst] = numbers[burst].min()
    return np.unique(numbers, return_inverse=True)[1].tolist()


def _bursts(frames: Sequence[Frame]) -> Iterator[np.ndarray]:
    """The places of the photos of each burst, in the order in which they were taken: int64 (k,)."""
    albums = defaultdict(list)
    for place, frame in enumerate(frames):
        if frame.taken:
            albums[frame.ref.source.path.parent, frame.size_wh].append(place)
    for places in map(np.array, albums.values()):
        moments = taken_s([frames[place].taken for place in places])
        order = np.argsort(moments, kind="stable")
        for near in np.split(places[order], np.flatnonzero(np.diff(moments[order]) > _BURST_S) + 1):
            if len(near) > 1:
                shots = shot_ids([frames[place].signature for place in near], range(len(near)))
                yield from np.split(near, np.flatnonzero(np.diff(shots)) + 1)


def shot_ids(signatures: Sequence[np.ndarray], times_s: Sequence[float]) -> list[int]:
    """The shot (0, 1, ...) of each sampled frame of one source, in time order."""
    return cut_where(changes(np.stack(signatures)), times_s) if len(signatures) else []


def cut_where(change: np.ndarray, times_s: Sequence[float], *, every_frame: bool = False) -> list[int]:
    """The shot (0, 1, ...) of each frame at `times_s`; change: float (n - 1,), from each to the next. every_frame: of a
    video, of which none lies between two of these; then cuts that stay in the scene are seen, too."""
    if len(times_s) < 2:
        return [0] * len(times_s)
    usual = np.array([_neighbourhood(change, i) for i in range(len(change))])
    gaps = np.diff(np.asarray(times_s, np.float64))
    cut = (change >= _CERTAIN) | ((change >= _POSSIBLE) & (change >= _PROMINENCE * usual))
    if every_frame:
        cut |= (change >= _JUMP) & (change >= _JUMP_PROMINENCE * usual)
    cut |= gaps > _LONG_GAP * np.median(gaps)
    return [0, *np.cumsum(cut).tolist()]


def changes(signatures: np.ndarray) -> np.ndarray:
    """How much each of the signatures (n, SIGNATURE_SIZE) differs from the one before: float64 (n - 1,), 0..~1.

    The geometric mean of two distances: 1 - correlation of the thumbnails (blind to brightness and contrast) and
    1 - Bhattacharyya coefficient of the histograms (blind to movement).
    """
    grid = signatures[:, :GRID_SIZE].astype(np.float64).reshape(len(signatures), -1, 3)
    grid = (grid - grid.mean(1, keepdims=True)).reshape(len(signatures), -1)
    grid /= np.maximum(np.linalg.norm(grid, axis=1, keepdims=True), 1e-9)
    moved = 1 - (grid[1:] * grid[:-1]).sum(1)
    roots = signatures[:, GRID_SIZE:].astype(np.float64)
    roots /= np.maximum(np.linalg.norm(roots, axis=1, keepdims=True), 1e-9)
    recoloured = 1 - (roots[1:] * roots[:-1]).sum(1)
    return np.sqrt(np.clip(moved, 0, None) * np.clip(recoloured, 0, None))


def _neighbourhood(change: np.ndarray, i: int) -> float:
    """The median of the changes around the one at `i`, without it; 0 where it stands alone."""
    around = np.concatenate([change[max(0, i - _REACH) : i], change[i + 1 : i + 1 + _REACH]])
    return float(np.median(around)) if len(around) else 0.0
