"""Faces of one person followed through a shot: across sampled frames, also when some in between are missed.

Two faces may belong to one track when the evidence for it, a log likelihood ratio, is positive:

- vectors: zero at the likeness (cosine) that is usual for the far ends of one track, growing as they get nearer;
- movement: the density of this displacement for somebody who moves at random, against a face anywhere in the picture.
  Uncertainty grows with the time between the two, so at a frame per second position says little and the vector decides.

In every frame the assignment with the most evidence in total is taken (Kuhn 1955, the Hungarian method). What is linked
counts as certain from then on, so no track keeps two faces that are less alike than APART_ODDS asks for, however likely
each step between them was: a cross-fade, or a face and the smear that stands in its place when it turns away.
"""

from collections.abc import Mapping

import numpy as np

from facepipe.cluster.baselines import number_by_first_row
from facepipe.cluster.codes import pair_codes
from facepipe.lazy import optimize
from facepipe.records import Told
from facepipe.table import FaceTable
from facepipe.timespans import typical_step

MAX_GAP_SAMPLES = 3  # a face may be missed in two sampled frames in a row ...
MAX_GAP_S = 1.0  # ... or for a second, whichever is longer
STILL = 0.25  # standard deviation of a displacement at once, in face widths: the detector's jitter
SPEED = 1.5  # ... and what a second adds
SIZE_RATE = 0.7  # standard deviation of the log of the size ratio after a second (0.1 at once)
VECTOR_WEIGHT = 10.0  # log likelihood ratio of two equal vectors
CLEAR = 0.65  # reliability of a usual face, for the two cosines that follow from odds:
LINK_ODDS = 100.0  # vectors say nothing for or against a link where they speak for one person by this factor
APART_ODDS = 3.0  # ... and no two faces of one track are ever less alike than where they do so by this factor
RECENT = 3  # faces at the end of a track that a new one is compared with


def make_tracks(table: FaceTable) -> np.ndarray:
    """The track of every face: int32 (n,), numbered by the row of the first face; -1 where there is nothing to follow.

    That is so in shots of one sampled frame, such as photos outside of bursts; elsewhere a face that nothing links to
    is a track of its own. The numbers depend on the order of the rows, the tracks do not.
    """
    track = np.full(len(table), -1, np.int64)
    table = table.with_(time_s=table.moments_s())
    order = np.lexsort((np.array(table.face_id), np.array(table.frame_id), table.time_s, table.shot))
    intervals = _intervals(table)
    codes = table.frame_codes()
    made = 0
    likeness = table.space.likeness
    direction = likeness.seen(table.embedding)[0]
    usual, apart = (likeness.cut(CLEAR**2, np.log(odds)) for odds in (LINK_ODDS, APART_ODDS))
    for rows in _runs(order, table.shot):
        frames = _runs(rows, codes)
        if len(frames) < 2:
            continue
        interval = intervals[table.source[rows[0]]] or typical_step(table.time_s[rows])
        gap = max(MAX_GAP_S, MAX_GAP_SAMPLES * interval) * 1.001
        for linked in _link(table, frames, gap, direction, usual):
            for part in _split(direction, np.array(linked), apart):
                track[part] = made
                made += 1
    return number_by_first_row(track)


def possible_tracks(table: FaceTable) -> np.ndarray:
    """The tracks that the table comes with, int32 (n,), without those that hold two faces of one frame, or faces that
    were said to be of two people: -1."""
    _, first, count = np.unique(pair_codes(table.track, table.frame_codes()), return_index=True, return_counts=True)
    return without_mixed(table, np.where(np.isin(table.track, table.track[first[count > 1]]), -1, table.track))


def without_mixed(table: FaceTable, track: np.ndarray) -> np.ndarray:
    """`track`, int (n,), without those that hold faces that were said to be of two people: -1."""
    of_face = dict(zip(table.face_id, track.tolist(), strict=True)) if table.told != Told() else {}
    mixed = _of_several(table, of_face)
    for sides in table.told.apart:
        one, other = ({of_face.get(face, -1) for face in side} for side in sides)
        mixed |= one & other
    return np.where(np.isin(track, [*mixed]), -1, track).astype(np.int32) if mixed else track


def _of_several(table: FaceTable, of_face: Mapping[str, int]) -> set[int]:
    """The tracks that hold faces of several of those who were named."""
    whose: dict[int, int] = {}
    several = set()
    for person, faces in enumerate(table.told.people):
        for track in {of_face.get(face, -1) for face in faces}:
            if whose.setdefault(track, person) != person:
                several.add(track)
    return several


def _intervals(table: FaceTable) -> dict[str, float]:
    """Seconds between two sampled frames of each source: the usual step between frames that hold a face; 0 for photos,
    whose bursts have their own."""
    times: dict[str, set[float]] = {}
    for source, time_s in zip(table.source, table.time_s.tolist(), strict=True):
        times.setdefault(source, set()).add(time_s)
    return {name: float(np.median(np.diff(sorted(seen)))) if len(seen) > 1 else 0.0 for name, seen in times.items()}


def _runs(rows: np.ndarray, key: np.ndarray) -> list[np.ndarray]:
    """`rows` split wherever the key changes."""
    return np.split(rows, np.flatnonzero(np.diff(key[rows])) + 1) if len(rows) else []


def _link(
    table: FaceTable, frames: list[np.ndarray], max_gap: float, direction: np.ndarray, usual: float
) -> list[list[int]]:
    finished: list[list[int]] = []
    alive: list[list[int]] = []
    for rows in frames:
        now = table.time_s[rows[0]]
        finished += [track for track in alive if now - table.time_s[track[-1]] > max_gap]
        alive = [track for track in alive if now - table.time_s[track[-1]] <= max_gap]
        taken = set()
        if alive:
            alike = [(direction[track[-RECENT:]] @ direction[rows].T).max(0) for track in alive]
            vectors = VECTOR_WEIGHT * (np.stack(alike) - usual) / (1 - usual)
            gain = vectors + np.stack([_movement(table, track, rows) for track in alive])
            for i, j in _assigned(gain):
                alive[i].append(int(rows[j]))
                taken.add(j)
        alive += [[int(row)] for j, row in enumerate(rows) if j not in taken]
    return finished + alive


def _assigned(gain: np.ndarray) -> list[tuple[int, int]]:
    """The pairs (row, column) with a gain above 0 that have the most of it in total, no row or column twice."""
    best = (gain > 0) & (gain == gain.max(1, keepdims=True))
    if best.sum(0).max() > 1 or best.sum(1).max() > 1:  # else everybody gets the best, and SciPy need not be loaded
        rows, columns = optimize.linear_sum_assignment(-np.maximum(gain, 0))
    else:
        rows, columns = np.nonzero(best)
    return [(i, j) for i, j in zip(rows.tolist(), columns.tolist(), strict=True) if gain[i, j] > 0]


def _movement(table: FaceTable, track: list[int], rows: np.ndarray) -> np.ndarray:
    """Log likelihood ratio, by place and size, that each face of `rows` continues `track`: float (len(rows),)."""
    last = track[-1]
    gap = table.time_s[rows] - table.time_s[last]
    centre, size = _centre_size(table.box_ltrb[rows])
    start_size = _centre_size(table.box_ltrb[[last]])[1]
    scale = np.sqrt(size * start_size)
    sigma = np.hypot(STILL, SPEED * gap)
    moved = np.linalg.norm(centre - _predicted(table, track, table.time_s[rows]), axis=1) / scale
    room = np.prod(table.image_wh[rows].astype(np.float64), axis=1) / scale**2
    movement = np.log(np.maximum(room, 1) / (2 * np.pi * sigma**2)) - (moved / sigma) ** 2 / 2
    growth = (np.log(size / start_size) / np.hypot(0.1, SIZE_RATE * gap)) ** 2 / 2
    return movement - growth


def _predicted(table: FaceTable, track: list[int], time_s: np.ndarray) -> np.ndarray:
    """Where the track's face should be: half way between staying and keeping its last velocity, (n, 2)."""
    last, _ = _centre_size(table.box_ltrb[[track[-1]]])
    if len(track) < 2:
        return last
    before, _ = _centre_size(table.box_ltrb[[track[-2]]])
    passed = table.time_s[track[-1]] - table.time_s[track[-2]]
    ahead = np.minimum(time_s - table.time_s[track[-1]], passed)[:, None]
    return last + 0.5 * (last - before) / max(passed, 1e-3) * ahead


def _centre_size(boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    boxes = boxes.astype(np.float64)
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    return centre, np.sqrt(np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 1), axis=1))


def _split(direction: np.ndarray, rows: np.ndarray, apart: float) -> list[np.ndarray]:
    """`rows`, in the order of time, as one track or as several in which no two faces are less alike than `apart`."""
    seen = direction[rows]
    middle = seen.sum(0)
    if (seen @ middle >= np.sqrt((1 + apart) / 2) * np.linalg.norm(middle)).all():
        return [rows]  # all within half the angle of the middle
    part = np.zeros(len(rows), np.int64)
    parts = 1
    for i in range(1, len(rows)):
        least = np.full(parts, np.inf)
        np.minimum.at(least, part[:i], seen[:i] @ seen[i])
        fits = least.argmax()
        part[i] = fits if least[fits] >= apart else parts
        parts = max(parts, int(part[i]) + 1)
    return [rows[part == k] for k in range(parts)]
