"""Who appears when: a row a person, a picture a video, shots shaded in turn."""

from functools import partial

import numpy as np

from facepipe.files.target import Target
from facepipe.pictures.plots import style
from facepipe.pictures.plots.subject import Subject
from facepipe.timespans import clock, spans, typical_step

PEOPLE = 60  # rows of one picture
SOURCES = 12  # pictures; more videos than this would take long and nobody looks at them
_ROW, _LEFT, _TOP, _BOTTOM, _WIDTH = 46, 260, 84, 46, 1400


def write_timelines(target: Target, subject: Subject) -> tuple[str, ...]:
    """Write timeline.png, timeline_2.png ... for the videos (sources with more than one frame) with most faces."""
    table = subject.table
    frames: dict[str, set[int]] = {}
    faces: dict[str, int] = {}
    for source, frame in zip(table.source, table.frame_index.tolist(), strict=True):
        frames.setdefault(source, set()).add(frame)
        faces[source] = faces.get(source, 0) + 1
    videos = [source for source, indices in frames.items() if len(indices) > 1]
    chosen = set(sorted(videos, key=lambda source: -faces[source])[:SOURCES])
    for number, source in enumerate((source for source in videos if source in chosen), 1):
        name = "timeline.png" if number == 1 else f"timeline_{number}.png"
        target.data(name, partial(_picture, subject, source))
    left_out = len(videos) - len(chosen)
    return (f"timelines show the {SOURCES} videos with most faces, {left_out} are left out",) if left_out else ()


def _picture(subject: Subject, source: str) -> bytes:
    from matplotlib.ticker import FuncFormatter, MaxNLocator  # here: see style

    table = subject.table
    here = np.flatnonzero(np.array([name == source for name in table.source]))
    moments = np.unique(table.time_s[here])
    step = typical_step(moments)
    counts = np.bincount(subject.of[here] + 1, minlength=len(subject.people) + 1)
    seen = np.flatnonzero(counts[1:])
    shown = sorted(seen[np.argsort(-counts[1:][seen], kind="stable")][:PEOPLE], key=lambda p: _first(subject, here, p))
    rows = [*shown, *([-1] if counts[0] else [])]

    figure = style.new_figure(_WIDTH, _TOP + _BOTTOM + _ROW * max(1, len(rows)))
    axes = style.new_axes(figure, _LEFT, _TOP, 30, _BOTTOM)
    line = "who is seen when; shots are shaded in turn"
    if len(seen) > len(shown):
        line += f"; the {len(shown)} most frequent of {len(seen)} people"
    style.heading(figure, style.short(source, 80), line)
    for order, shot in enumerate(np.unique(table.shot[here])):
        if order % 2:
            times = table.time_s[here][table.shot[here] == shot]
            axes.axvspan(times.min(), times.max() + step, color=style.SHADE_HEX, linewidth=0, zorder=0)
    colours = [*style.person_colours(len(subject.people)), style.UNKNOWN_COLOUR]  # index -1 is unknown
    for row, person in enumerate(rows):
        _draw_row(axes, row, subject, here, int(person), step, colours[person])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks([])
    axes.set_xlim(moments[0], moments[-1] + step)
    axes.xaxis.set_major_locator(MaxNLocator(12, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: clock(value)))
    return style.png_bytes(figure)


def _first(subject: Subject, here: np.ndarray, person: int) -> tuple[float, int]:
    return float(subject.table.time_s[here][subject.of[here] == person].min()), person


def _draw_row(axes, row: int, subject: Subject, here: np.ndarray, person: int, step: float, colour: str) -> None:
    members = here[subject.of[here] == person]
    if row:
        axes.axhline(row - 0.5, color=style.SHADE_HEX, linewidth=0.8, zorder=1)
    bars = [(start, end - start) for start, end in spans(subject.table.time_s[members], step)]
    axes.broken_barh(bars, (row - 0.27, 0.54), color=colour, linewidth=0.8, zorder=2)
    margin = axes.get_yaxis_transform()
    if person >= 0:
        offset = {"xybox": (-24, 0), "boxcoords": "offset points", "xycoords": margin}
        style.picture_at(
            axes, subject.thumbnail(subject.cover(members), (76, 80)), (0, row), colour, zoom=0.49, **offset
        )
    name = subject.name(person)
    text = f"{style.short(name)}  {len(members)}"
    at = {"xytext": (-42, 0), "textcoords": "offset points", "xycoords": margin, "ha": "right", "va": "center"}
    style.plain(axes.annotate(text, (0, row), size=9.5, color=style.INK_HEX, **at))
