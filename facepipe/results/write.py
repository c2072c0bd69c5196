"""All of a run's pictures, annotations and tables, written from its labelled table."""

from facepipe.annotated import annotated_frames, person_names
from facepipe.callbacks import Progress, no_progress
from facepipe.export.exporter import ExportOptions, export
from facepipe.export.formats import EXPORTERS
from facepipe.export.split import Split, split_shots
from facepipe.files.target import Target
from facepipe.people.folder import link_crops
from facepipe.pictures.crops import write_crops
from facepipe.pictures.montage import write_montages
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import ANNOTATIONS, ENCODINGS, FRAMES, MONTAGE, PEOPLE, PLOTS, REPORT, TABLE_CSV, TABLE_NPZ
from facepipe.settings import CORES, OutputSettings
from facepipe.table import FaceTable


def write_results(
    folder: RunFolder,
    table: FaceTable,
    settings: OutputSettings | None = None,
    *,
    threads: int = CORES,
    progress: Progress = no_progress,
) -> None:
    """Bring everything but shards, frames, encodings.pickle and the report in line with `table`.

    What was written before and is not wanted any more is removed; nothing else is. settings: default, the run's own.
    StoreError: a frame is unreadable. StorageFull: a write failed. UsageError: an unknown format.
    """
    settings = settings or folder.settings.output
    split = split_shots(table, settings.split)
    planned = Target(folder.path, dry=True)
    write_dataset(planned, table, settings, split=split)
    paths = {*planned.paths, TABLE_CSV, TABLE_NPZ, ENCODINGS, REPORT}
    folder.claim(paths)
    crops = f"{PEOPLE}/"
    link_crops(folder.layout.people, (path.removeprefix(crops) for path in paths if path.startswith(crops)))
    with Target(folder.path, threads=threads) as target:
        notes = write_dataset(target, table, settings, split=split, progress=progress)
    folder.write_tables(table)
    folder.release(folder.state.files - paths)
    folder.state.threshold, folder.state.notes = table.threshold, notes
    folder.record(counts={"faces": len(table), "people": len(table.people), "unknown": table.person.count("")})


def write_dataset(
    target: Target,
    table: FaceTable,
    settings: OutputSettings | None = None,
    *,
    split: Split | None = None,
    progress: Progress = no_progress,
) -> tuple[str, ...]:
    """Write people/, montage/, annotations/ and plots/ of a run folder whose frames/ holds <frame_id>.jpg.

    Called twice: on a dry target, to know the files; then in earnest. split: default, by `settings`.
    Returns notes for the user, a line each;
    `target.paths` lists the files. Errors as in `write_results`.
    """
    from facepipe.pictures.plots import write_plots  # here, because matplotlib takes half a second to import

    settings = settings or OutputSettings()
    split = split or split_shots(table, settings.split)
    frames = annotated_frames(table, target.path / FRAMES, split.names)
    classes = person_names(frames)
    people_dir = target.path / PEOPLE
    step = _Steps(progress, len(frames) * (1 + len(settings.annotations)) + len(set(table.person)) + 1)

    write_crops(target.folder(PEOPLE), frames, upper_body=settings.upper_body, progress=step.part(len(frames)))
    target.wait()  # montages and plots are made of them
    write_montages(target.folder(MONTAGE), frames, people_dir, step.part(len(set(table.person))))
    for name in settings.annotations if classes else ():
        options = ExportOptions(unknown=settings.unknown)
        sink = EXPORTERS.load(name)(target.folder(f"{ANNOTATIONS}/{name}"), classes, options)
        export(sink, frames, step.part(len(frames)))
    notes = write_plots(target.folder(PLOTS), settings.plots, table, frames, people_dir)
    target.wait()
    step.finish()
    return (split.notes if classes else ("nobody was found: no annotations",)) + notes


class _Steps:
    """One progress over parts that each count from 1."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._before = progress, total, 0

    def part(self, size: int) -> Progress:
        before, self._before = self._before, self._before + size
        return lambda done, _=None: self._progress(before + done, self._total)

    def finish(self) -> None:
        self._progress(self._total, self._total)
