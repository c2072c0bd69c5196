"""Who appears when, as bars that a browser draws: a lane a person, a timeline a video."""

from dataclasses import dataclass

import numpy as np

from facepipe.files.names import natural_key, person_folder
from facepipe.report.people import Album, address
from facepipe.runs.layout import PEOPLE
from facepipe.timespans import clock, spans
from facepipe.words import counted

VIDEOS = 12  # those with most faces
LANES = 40  # people of a video, those with most faces
WIDTH = 1000  # of a lane, in its own unit; it is drawn as wide as there is room
_NARROWEST = 3  # a bar can be seen
_TICKS = 5
_TOLD = 8  # segments that are read out


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
    """name, original: of the video. ticks: evenly spread times. left_out: people who have no lane."""

    name: str
    original: str
    ticks: tuple[str, ...]
    lanes: tuple[Lane, ...]
    left_out: int


def timelines(album: Album) -> tuple[Timeline, ...]:
    """Of the videos with most faces, in natural order."""
    videos = {source: rows for source, rows in album.rows_of_source.items() if album.steps[source]}
    most = sorted(videos, key=lambda source: -len(videos[source]))[:VIDEOS]
    names = {source: album.table.source[videos[source][0]] for source in most}
    return tuple(
        _timeline(album, source, names[source])
        for source in sorted(most, key=lambda source: natural_key(names[source]))
    )


def _timeline(album: Album, source: str, name: str) -> Timeline:
    table, rows, step = album.table, album.rows_of_source[source], album.steps[source]
    original = album.inputs[source].address if source in album.inputs else ""
    moments = table.time_s[rows]
    start, end = float(moments.min()), float(moments.max()) + step
    seen: dict[str, list[int]] = {}
    for row in rows.tolist():
        seen.setdefault(table.person[row], []).append(row)
    people = sorted((person for person in seen if person), key=lambda person: -len(seen[person]))
    shown = sorted(people[:LANES], key=lambda person: (table.time_s[seen[person]].min(), natural_key(person)))
    shown += [""] if "" in seen else []
    lanes = [_lane(person, table.time_s[seen[person]], step, start, end) for person in shown]
    ticks = tuple(clock(float(time)) for time in np.linspace(start, end, _TICKS))
    return Timeline(name, original, ticks, tuple(lanes), max(0, len(people) - LANES))


def _lane(person: str, times: np.ndarray, step: float, start: float, end: float) -> Lane:
    scale = WIDTH / (end - start)
    segments = spans(times, step, _NARROWEST / scale)
    bars = []
    for begins, ends in segments:
        left = round((begins - start) * scale)
        width = max(_NARROWEST, round((ends - begins) * scale))
        bars.append(f"M{min(left, WIDTH - width)} 0h{width}v1h-{width}z")
    said = ", ".join(f"{clock(begins)} to {clock(ends)}" for begins, ends in segments[:_TOLD])
    if len(segments) > _TOLD:
        said += f" and {counted(len(segments) - _TOLD, 'more time')}"
    folder = address(PEOPLE, person_folder(person), "")
    return Lane(person and person_folder(person), folder, len(times), "".join(bars), said)
