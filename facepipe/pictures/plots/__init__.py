"""Pictures of the whole run, in plots/, as data: one file and one line each.

A plot is a function `(target: Target, subject: Subject) -> tuple[str, ...]` that writes files called after the plot
(timeline.png, timeline_2.png) and returns notes on what was left out, a line each. The registry's line of help is its
title in the report. It follows from nothing but the subject: while that is the same, it is not drawn again; nor is a
file that says of what it is made (see Target). So a plot imports what draws it where it is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from facepipe.errors import UsageError
from facepipe.registry import Plugin, Registry, UnknownPlugin

if TYPE_CHECKING:
    from facepipe.annotated import AnnotatedFrames
    from facepipe.files.target import Target
    from facepipe.table import FaceTable

_HERE = "facepipe.pictures.plots"

PLOTS = Registry(
    "plot",
    "facepipe.plots",
    Plugin("everybody", f"{_HERE}.everybody:write_everybody", "Everybody"),
    Plugin("timeline", f"{_HERE}.timeline:write_timelines", "Who appears when"),
    Plugin("clusters", f"{_HERE}.clusters:write_clusters", "Typical and doubtful faces"),
    Plugin("scatter", f"{_HERE}.scatter:write_scatter", "All faces"),
    Plugin("dendrogram", f"{_HERE}.dendrogram:write_dendrogram", "Who resembles whom"),
)
ALL = "all"
_QUICK = ("everybody", "clusters")  # of which only the pages are made that differ; they are drawn without Matplotlib


def write_plots(
    target: Target,
    names: Sequence[str],
    table: FaceTable,
    frames: AnnotatedFrames,
    people_dir: Path,
    *,
    sampled: Callable[[], Mapping[str, Collection[int]]] = dict,
    draw: bool = True,
) -> tuple[str, ...]:
    """Write the plots called `names`, or all of them for ("all",). Returns notes on what was left out, a line each.

    sampled: gives the frames that were looked at, by source. draw: those too that take long, where they are not the
    same as before. UsageError: a name that is not known; another package's plot that was asked for by name failed.
    """
    if not chosen(names):
        return ()
    from facepipe.imaging.fonts import without_font  # here, so that the plots can be listed without them
    from facepipe.pictures.plots.subject import subject_of

    subject = subject_of(table, frames, people_dir, sampled)
    whole = table.face_id, table.person, table.track.tolist(), table.threshold
    notes: list[str] = []
    boxed = without_font(table.people)  # until there is one
    target = target.made_of((*whole, boxed) if boxed else whole)
    for name in chosen(names):
        part = target if name in _QUICK else target.in_turn()  # Matplotlib is not made for threads
        plot = PLOTS[name]
        try:
            with plot.at_work():
                notes += plot.load()(part if draw or name in _QUICK else part.frozen(), subject)
        except UsageError as error:
            if name in names or not plot.package:
                raise
            notes.append(str(error))  # nobody asked for it by name
    return tuple(notes)


def load_libraries(names: Sequence[str]) -> None:
    """Import what the plots called `names` are drawn with, as they would: it takes long. Errors as in `chosen`."""
    slow = {*chosen(names)}.difference(_QUICK)
    if slow:
        from facepipe.pictures.plots import style

        style.load()
    if "scatter" in slow:
        from facepipe.pictures.plots import scatter

        scatter.load()


def chosen(names: Sequence[str]) -> list[str]:
    """The plots that a setting means. UsageError: a name that is not known."""
    for name in names:
        if name != ALL and name not in PLOTS:
            known = f"choose all, none, or among {', '.join(PLOTS.names)}"
            raise UnknownPlugin(f"unknown plot '{name}': {known}", f"the plot '{name}'")
    return PLOTS.names if ALL in names else list(dict.fromkeys(names))
