"""Who appears when, as bars that a browser draws: a lane a person, a timeline a video, and one for all photos of which
it is known when they were taken."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from facepipe.files.names import natural_key, person_folder
from facepipe.report.people import Album, address
from facepipe.runs.layout import PEOPLE
from facepipe.timespans import clock, dated, known_moments, spans
from facepipe.words import counted

VIDEOS = 12  # those with most faces
LANES = 40  # people of a video, those with most faces
WIDTH = 1000  # of a lane, in its own unit; it is drawn as wide as there is room
_NARROWEST = 3  # a bar can be seen
_TICKS = 5
_TOLD = 8  # segments that are read out

Said = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Lane:
    """person: "" for unknown. bars: an SVG path, WIDTH wide and 1 high. said: the same in words."""

    person: str
    folder: str
    faces: int
    bars: str
    said: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """name, original: of the video; of photos how many, and "". ticks: evenly spread times. left_out: people without a
    lane."""

    name: str
    original: str
    ticks: tuple[str, ...]
    lanes: tuple[Lane, ...]
    left_out: int


def timelines(album: Album) -> tuple[Timeline, ...]:
    """Of the videos with most faces, in natural order, and of the photos."""
    videos = {source: rows for source, rows in album.moving.items() if album.steps[source]}
    most = sorted(videos, key=lambda source: -len(videos[source]))[:VIDEOS]
    names = {source: album.table.source[videos[source][0]] for source in most}
    found = [_of_video(album, source, name) for source, name in sorted(names.items(), key=lambda n: natural_key(n[1]))]
    return (*found, *_of_photos(album))


def _of_video(album: Album, source: str, name: str) -> Timeline:
    original = album.original(source)
    rows = album.moving[source]
    return _timeline(album, rows, album.table.time_s[rows], album.steps[source], name, original, clock)


def _of_photos(album: Album) -> list[Timeline]:
    """Of the photos, where two or more were taken at moments that are known."""
    rows, moments = known_moments(album.table.taken)
    if not len(rows):
        return []
    name = counted(len({album.table.source[row] for row in rows.tolist()}), "photo")
    return [_timeline(album, rows, moments, 0.0, name, "", partial(dated, span_s=float(np.ptp(moments))))]


def _timeline(
    album: Album, rows: np.ndarray, moments: np.ndarray, step: float, name: str, original: str, said: Said
) -> Timeline:
    """moments: of `rows`, in seconds, which `said` puts in words. step: how long a moment lasts."""
    table = album.table
    start, end = float(moments.min()), float(moments.max()) + step
    seen: dict[str, list[float]] = {}
    for row, moment in zip(rows.tolist(), moments.tolist(), strict=True):
        seen.setdefault(table.person[row], []).append(moment)
    people = sorted((person for person in seen if person), key=lambda person: -len(seen[person]))
    shown = sorted(people[:LANES], key=lambda person: (min(seen[person]), natural_key(person)))
    shown += [""] if "" in seen else []
    lanes = [_lane(person, np.array(seen[person]), step, start, end, said) for person in shown]
    ticks = tuple(said(float(time)) for time in np.linspace(start, end, _TICKS))
    if len({*ticks}) < len(ticks):  # of a few seconds
        ticks = tuple(dict.fromkeys((ticks[0], ticks[-1])))
    return Timeline(name, original, ticks, tuple(lanes), max(0, len(people) - LANES))


def _lane(person: str, times: np.ndarray, step: float, start: float, end: float, said: Said) -> Lane:
    scale = WIDTH / (end - start)
    segments = spans(times, step, _NARROWEST / scale)
    bars = []
    for begins, ends in segments:
        left = round((begins - start) * scale)
        width = max(_NARROWEST, round((ends - begins) * scale))
        bars.append(f"M{min(left, WIDTH - width)} 0h{width}v1h-{width}z")
    told = (" to ".join(dict.fromkeys(map(said, segment))) for segment in segments[:_TOLD])
    words = ", ".join(dict.fromkeys(told))  # on one day somebody may be seen in many photos
    if len(segments) > _TOLD:
        words += f" and {counted(len(segments) - _TOLD, 'more time')}"
    folder = address(PEOPLE, person_folder(person), "")
    return Lane(person and person_folder(person), folder, len(times), "".join(bars), words)
