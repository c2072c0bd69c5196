"""All of a run's pictures and annotations in one call. Called twice: dry, to know the files; then in earnest."""

from collections.abc import Sequence

from facepipe.annotated import annotated_frames, person_names
from facepipe.export import EXPORTERS
from facepipe.export.exporter import ExportOptions, export
from facepipe.export.split import split_shots
from facepipe.files.names import safe_name
from facepipe.files.target import Target
from facepipe.pictures.crops import Progress, write_crops
from facepipe.pictures.montage import write_everybody, write_montages
from facepipe.records import FaceTable
from facepipe.settings import OutputSettings


def write_dataset(
    target: Target,
    table: FaceTable,
    people: Sequence[str],
    settings: OutputSettings = OutputSettings(),
    *,
    cut: float | None = None,
    progress: Progress | None = None,
) -> tuple[str, ...]:
    """Write people/, montage/, annotations/ and plots/ of a run folder whose frames/ holds <frame_id>.jpg.

    people: a name for each face of the table, "" when unknown. cut: the distance at which clustering stopped merging,
    drawn in the dendrogram. Returns notes for the user, a line each; `target.paths` lists the files.
    StoreError: a frame is unreadable. StorageFull: a write failed. UsageError: an unknown format.
    """
    from facepipe.pictures.plots import write_plots  # here, because matplotlib and scikit-learn take seconds to import

    people = tuple(safe_name(person) if person else "" for person in people)
    split = split_shots(table, people, settings.split)
    frames = annotated_frames(table, people, target.path / "frames", split.names)
    classes = person_names(frames)
    people_dir = target.path / "people"
    step = _Steps(progress, len(frames) * (1 + len(settings.annotations)) + len(set(people)) + 1)

    write_crops(target.folder("people"), frames, upper_body=settings.upper_body, progress=step.part(len(frames)))
    target.wait()  # montages and plots are made of them
    write_montages(target.folder("montage"), frames, people_dir, step.part(len(set(people))))
    for name in settings.annotations if classes else ():
        sink = EXPORTERS.load(name)(
            target.folder(f"annotations/{name}"), classes, ExportOptions(unknown=settings.unknown)
        )
        export(sink, frames, step.part(len(frames)))
    plots = target.folder("plots")
    write_everybody(plots, frames, people_dir)
    notes = write_plots(plots.in_turn(), table, people, frames, people_dir, cut=cut)
    target.wait()
    step.finish()
    return (split.notes if classes else ("nobody was found: no annotations",)) + notes


class _Steps:
    """One progress over parts that each count from 1."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total, self._before = progress, total, 0

    def part(self, size: int) -> Progress | None:
        before, self._before = self._before, self._before + size
        if self._progress is None:
            return None
        return lambda done, _: self._progress(before + done, self._total)

    def finish(self) -> None:
        if self._progress is not None:
            self._progress(self._total, self._total)
