"""Where people appear: in which photos, and in which segments of which videos."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from facepipe.grouping import rows_by
from facepipe.records import Source
from facepipe.table import FaceTable
from facepipe.timespans import sample_step, spans, taken_s

GAP_STEPS = 3  # a segment goes on where somebody is not seen for so many samples: a turned head, a cut to the public

Segment = tuple[float, float]  # seconds since the source's first frame
Sampled = Callable[[], Mapping[str, Collection[int]]]  # gives the frames that were looked at, by source


@dataclass(frozen=True, slots=True)
class Appearance:
    """A source in which somebody is seen, and when: segments in seconds, none for a photo. taken: see `Frame`."""

    source: Source
    segments: tuple[Segment, ...] = ()
    taken: str = ""


def appearances(
    table: FaceTable,
    wanted: Sequence[np.ndarray],
    sources: Sequence[Source],
    interval_s: float,
    sampled: Sampled = dict,
) -> list[Appearance]:
    """The sources with frames in which everybody wanted is seen: photos by the time when they were taken, then what has
    no such time, in the order of `sources`.

    wanted: for each of them a bool (n,) mask of the faces that count as theirs. interval_s: seconds between samples.
    sampled: asked where there are videos.
    A segment ends one sample after the last moment, and goes on over GAP_STEPS samples without them.
    """
    codes = table.frame_codes()
    together = np.ones(codes.max(initial=-1) + 1, bool)
    for mask in wanted:
        seen = np.zeros_like(together)
        seen[codes[mask]] = True
        together &= seen
    hit, taken = defaultdict(list), {}
    for row in np.flatnonzero(together[codes]).tolist():
        hit[table.source[row]].append(float(table.time_s[row]))
        taken[table.source[row]] = table.taken[row]
    videos = {source.name for source in sources if source.is_video and source.name in hit}
    rows_of, looked_at = (rows_by(table.source), sampled()) if videos else ({}, {})
    found = []
    for source in sources:
        if source.name in hit and source.is_video:
            # Keyframes, where only those were sampled, lie farther apart than was asked for.
            rows, looks = rows_of[source.name], looked_at.get(source.name, ())
            step = max(interval_s, sample_step(table.frame_index[rows], table.time_s[rows], looks))
            segments = spans(np.array(hit[source.name]), interval_s, (GAP_STEPS + 1) * step)
            found.append(Appearance(source, tuple(segments)))
        elif source.name in hit:
            found.append(Appearance(source, taken=taken[source.name]))
    moments = taken_s([appearance.taken for appearance in found])
    return [found[place] for place in np.argsort(moments, kind="stable")]  # nan comes last


def by_person(
    table: FaceTable,
    seen: np.ndarray,
    people: Sequence[str],
    sources: Sequence[Source],
    interval_s: float,
    sampled: Sampled = dict,
) -> Iterator[tuple[str, list[Appearance]]]:
    """Each of some people with the sources in which they are seen; see `appearances`.

    seen: bool (n,), the faces that count.
    """
    rows_of, of_source, places = table.rows_by_person(), rows_by(table.source), {s.name: s for s in sources}
    order = {name: place for place, name in enumerate(places)}
    for person in people:
        names = sorted({table.source[row] for row in rows_of[person].tolist()} & order.keys(), key=order.__getitem__)
        rows = np.sort(np.concatenate([of_source[name] for name in names])) if names else np.zeros(0, np.int64)
        there = table.take(rows)  # with everybody, who tell the times of a video's frames
        own = np.array([name == person for name in there.person], bool) & seen[rows]
        yield person, appearances(there, [own], [places[name] for name in names], interval_s, sampled)


def widened(segments: Sequence[Segment], margin_s: float) -> list[Segment]:
    """Segments with a margin at both ends; those that touch then become one."""
    wide: list[Segment] = []
    for start, end in segments:
        start, end = max(0.0, start - margin_s), end + margin_s
        if wide and start <= wide[-1][1]:
            wide[-1] = wide[-1][0], end
        else:
            wide.append((start, end))
    return wide
