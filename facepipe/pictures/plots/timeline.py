"""Who appears when: a row a person; a picture a video, with its shots shaded in turn, and one of all photos of which it
is known when they were taken."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from facepipe.files.target import Target
from facepipe.grouping import rows_by
from facepipe.pictures.plots import style
from facepipe.pictures.plots.subject import Subject
from facepipe.timespans import clock, known_moments, sample_step, spans
from facepipe.words import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PEOPLE = 60  # rows of one picture
SOURCES = 12  # pictures; more videos than this would take long and nobody looks at them
_ROW, _LEFT, _TOP, _RIGHT, _BOTTOM, _WIDTH = 46, 260, 84, 30, 46, 1400
_NARROWEST = 3  # pixels: a photo can be seen
_TICKS = 12
_DAY_S = 86400.0  # Matplotlib counts days


@dataclass(frozen=True, slots=True, eq=False)
class _Strip:
    """What one picture shows. rows: of the table, int64 (k,). moments: of these rows, float64 (k,), in seconds of a
    video, or in days since 1970 if they are `dates`. step: how long a moment lasts."""

    title: str
    rows: np.ndarray
    moments: np.ndarray
    step: float
    dates: bool

    @property
    def ends(self) -> tuple[float, float]:
        return float(self.moments.min()), float(self.moments.max()) + self.step


def write_timelines(target: Target, subject: Subject) -> tuple[str, ...]:
    """Write timeline.png, timeline_2.png ... for the videos (sources with more than one frame) with most faces, and for
    the photos, where they were taken at two known moments or more."""
    table = subject.table
    videos = {
        source: rows
        for source, rows in rows_by(table.source).items()
        if len(rows) > 1 and np.ptp(table.frame_index[rows])  # most photos have a face or two
    }
    chosen = set(sorted(videos, key=lambda source: -len(videos[source]))[:SOURCES])
    strips = [_of_video(subject, source, rows) for source, rows in videos.items() if source in chosen]
    for number, strip in enumerate([*strips, *_of_photos(subject)], 1):
        name = "timeline.png" if number == 1 else f"timeline_{number}.png"
        target.data(name, partial(_picture, subject, strip), ahead=style.load)
    left_out = len(videos) - len(chosen)
    return (f"timelines show the {SOURCES} videos with most faces, {left_out} are left out",) if left_out else ()


def _of_video(subject: Subject, source: str, rows: np.ndarray) -> _Strip:
    moments, looked_at = subject.table.time_s[rows], subject.sampled().get(source, ())
    step = sample_step(subject.table.frame_index[rows], moments, looked_at)
    return _Strip(style.short(source, 80), rows, moments, step, dates=False)


def _of_photos(subject: Subject) -> list[_Strip]:
    """Of all of them, if they were not all taken at once."""
    rows, moments = known_moments(subject.table.taken)
    if not len(rows):
        return []
    days = moments / _DAY_S
    title = counted(len({subject.table.source[row] for row in rows.tolist()}), "photo")
    step = float(np.ptp(days)) * _NARROWEST / (_WIDTH - _LEFT - _RIGHT)
    return [_Strip(title, rows, days, step, dates=True)]


def _picture(subject: Subject, strip: _Strip) -> bytes:
    of = subject.of[strip.rows]
    counts = np.bincount(of + 1, minlength=len(subject.people) + 1)
    seen = np.flatnonzero(counts[1:])
    shown = seen[np.argsort(-counts[1:][seen], kind="stable")][:PEOPLE].tolist()
    shown.sort(key=lambda person: (strip.moments[of == person].min(), person))
    rows = [*shown, *([-1] if counts[0] else [])]

    figure = style.new_figure(_WIDTH, _TOP + _BOTTOM + _ROW * max(1, len(rows)))
    axes = style.new_axes(figure, _LEFT, _TOP, _RIGHT, _BOTTOM)
    line = (
        "who is in the photos, by when they were taken" if strip.dates else "who is seen when; shots are shaded in turn"
    )
    if len(seen) > len(shown):
        line += f"; the {len(shown)} most frequent of {len(seen)} people"
    style.heading(figure, strip.title, line)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks([])
    axes.set_xlim(*strip.ends)
    if strip.dates:
        _mark_dates(axes)
    else:
        _mark_shots(axes, subject, strip)
    colours = [*style.person_colours(len(subject.people)), style.UNKNOWN_COLOUR]  # index -1 is unknown
    for row, person in enumerate(rows):
        _draw_row(axes, row, subject, strip, person, colours[person])
    return style.png_bytes(figure)


def _mark_shots(axes: "Axes", subject: Subject, strip: _Strip) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator  # here: see style

    shots = subject.table.shot[strip.rows]
    for shot in np.unique(shots)[1::2]:
        times = strip.moments[shots == shot]
        axes.axvspan(times.min(), times.max() + strip.step, color=style.SHADE_HEX, linewidth=0, zorder=0)
    axes.xaxis.set_major_locator(MaxNLocator(_TICKS, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: clock(value)))


def _mark_dates(axes: "Axes") -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter  # here: see style

    locator = AutoDateLocator(maxticks=_TICKS)
    names = ["%Y", "%Y-%m", "%m-%d", "%H:%M", "%H:%M", "%H:%M:%S.%f"]  # years, months, days, hours, minutes, seconds
    whole = ["", "%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%d", "%Y-%m-%d"]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(
        ConciseDateFormatter(locator, formats=names, zero_formats=["", *names[:-1]], offset_formats=whole)
    )
    axes.grid(axis="x", color=style.SHADE_HEX, linewidth=0.8)
    axes.set_axisbelow(True)


def _draw_row(axes: "Axes", row: int, subject: Subject, strip: _Strip, person: int, colour: str) -> None:
    own = subject.of[strip.rows] == person
    if row:
        axes.axhline(row - 0.5, color=style.SHADE_HEX, linewidth=0.8, zorder=1)
    bars = [(start, end - start) for start, end in spans(strip.moments[own], strip.step)]
    axes.broken_barh(bars, (row - 0.27, 0.54), color=colour, linewidth=0.8, zorder=2)
    margin = axes.get_yaxis_transform()
    if person >= 0:
        offset = {"xybox": (-24, 0), "boxcoords": "offset points", "xycoords": margin}
        cover = subject.thumbnail(subject.cover(strip.rows[own]), (76, 80))
        style.picture_at(axes, cover, (0, row), colour, zoom=0.49, **offset)
    text = style.with_count(subject.name(person), own.sum())
    at = {"xytext": (-42, 0), "textcoords": "offset points", "xycoords": margin, "ha": "right", "va": "center"}
    style.plain(axes.annotate(text, (0, row), size=9.5, color=style.INK_HEX, **at))
