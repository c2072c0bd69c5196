"""Pictures of the whole run, in plots/: cluster plot, timeline, dendrogram, scatter."""

from collections.abc import Sequence
from pathlib import Path

from facepipe.annotated import AnnotatedFrame
from facepipe.files.target import Target
from facepipe.pictures.plots.clusters import write_clusters
from facepipe.pictures.plots.dendrogram import write_dendrogram
from facepipe.pictures.plots.scatter import write_scatter
from facepipe.pictures.plots.subject import subject_of
from facepipe.pictures.plots.timeline import write_timelines
from facepipe.records import FaceTable


def write_plots(
    target: Target,
    table: FaceTable,
    people: Sequence[str],
    frames: Sequence[AnnotatedFrame],
    people_dir: Path,
    cut: float | None = None,
) -> tuple[str, ...]:
    """Write the plots that the data allows. Returns notes on what was left out, a line each.

    people: a safe name for each face, "" when unknown; cut: the distance at which clustering stopped merging.
    """
    subject = subject_of(table, people, frames, people_dir)
    write_clusters(target, subject)
    write_dendrogram(target, subject, cut)
    write_scatter(target, subject)
    return write_timelines(target, subject)
