"""The main job: inputs -> frames -> faces -> shards -> table -> people -> folders, montages, annotations."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial

from facepipe.console import Console
from facepipe.engine import run_graph
from facepipe.errors import FacepipeError, Incomplete, NoFaceFound, StorageFull, StoreError, UsageError
from facepipe.files.names import printable
from facepipe.job.ahead import PlotsAhead
from facepipe.job.encoding import Engine, Threads
from facepipe.job.graphs import GRAPHS, Graphs
from facepipe.job.identity import check_installed
from facepipe.job.prepare import prepare
from facepipe.job.request import Job
from facepipe.job.work import Work
from facepipe.people.gallery import Gallery
from facepipe.records import Failure, Source
from facepipe.results.summary import no_face, write_run_report
from facepipe.runs.folder import RunFolder
from facepipe.runs.inputs import changed_since
from facepipe.runs.layout import FRAMES, SHARDS
from facepipe.runs.lock import locked
from facepipe.runs.state import Status
from facepipe.settings import CHANGED_LATER, Settings
from facepipe.words import counted


def run(job: Job, console: Console, graphs: Graphs = GRAPHS, engine: Engine | None = None) -> RunFolder:
    """Do the job and return its folder. engine: what looks at the frames (default: `job.threads` threads).

    Errors: FacepipeError; everything that was finished stays on disk.
    """
    engine = engine or Threads(job.threads)
    with locked(job.folder, new=True):
        folder, gallery = prepare(job, console)
        if folder.state.status is Status.FINISHED and gallery is None and not job.xmp_names:
            console.say(f"{printable(folder.path)}{os.sep} is finished and its inputs are unchanged: nothing to do")
        else:
            console.say(_announcement(folder, engine))
            work = Work(
                folder,
                folder.settings,
                job.threads,
                job.shards,
                job.models_dir,
                gallery,
                warn=console.warn,
                report=console.say,
            )
            with _recorded(folder, console, _still_true(folder, work.task.sources)):
                encode(work, console, graphs, engine)
                named = job.xmp_names and _take_names(folder, console)
                if gallery is not None or named or not folder.is_assembled():
                    assemble(work, console, graphs)
            write_run_report(folder)
    if not folder.state.counts.faces:
        raise NoFaceFound(f"{no_face(folder)}; see {folder.layout.report}")
    return folder


def _take_names(folder: RunFolder, console: Console) -> bool:
    """Whether photos name faces on which nobody has decided; `assemble` makes people of that."""
    from facepipe.people.said import take_names  # here, since few runs read what is written in photos

    with console.bar("reading names", "photo") as bar:
        said = take_names(folder, partial(console.warn, keep=None), bar)
    console.say(str(said))
    return said.taken > 0


def _announcement(folder: RunFolder, engine: Engine) -> str:
    settings = folder.settings
    finder = f"{folder.state.detector} finds the faces"
    if settings.detection.cropped:
        videos = any(entry.is_video for entry in folder.state.inputs)
        finder = "every image is a face" + (f", {folder.state.detector} finds those of videos" if videos else "")
    tells = f"{settings.encoding.encoder.title} tells them apart"
    return f"{finder}, {tells}, {engine.title}, writing to {printable(folder.path)}{os.sep}"


def recluster(
    folder: RunFolder, settings: Settings, console: Console, gallery: Gallery | None = None, graphs: Graphs = GRAPHS
) -> None:
    """Make people anew from a run's shards; `settings` may differ from the run's in clustering and output.

    The caller holds the folder's lock, and has read `folder` since.
    """
    _check_ready(folder, settings)
    with _recorded(folder, console, folder.state.warnings):
        assemble(Work(folder, settings, gallery=gallery, warn=console.warn, report=console.say), console, graphs)
        folder.update(settings=settings)
    write_run_report(folder)


def rehearse(folder: RunFolder, settings: Settings, console: Console, gallery: Gallery | None = None) -> dict[str, str]:
    """The name that every face of a run would have after `recluster`; nothing is written. Errors as of that one."""
    _check_ready(folder, settings)
    table = folder.table().with_(track=None, cluster=None, person=None, threshold=None)
    work = Work(folder, settings, gallery=gallery, warn=console.warn, report=console.say)
    with console.bar("clustering", "face") as bar:
        table = work.labeller.label(table, bar)
    return dict(zip(table.face_id, table.person, strict=True))


def _check_ready(folder: RunFolder, settings: Settings) -> None:
    """Whether people can be made anew. Errors: UsageError, StoreError, Incomplete."""
    for group, differing in folder.settings.differences(settings).items():
        if group not in CHANGED_LATER:
            raise UsageError(f"{differing[0]}: that needs a look at the frames; clustering and output alone can change")
    check_installed(settings)
    if "encoding" not in folder.state.seconds:
        raise StoreError(f"{folder.path} has not seen all of its inputs: first finish it with facepipe run")
    if folder.vanished():
        raise Incomplete(f"{folder.path} has lost frames: first make them again with facepipe run on its inputs")


def encode(work: Work, console: Console, graphs: Graphs, engine: Engine) -> None:
    """First graph: every sampled frame that is not done yet becomes a shard."""
    folder, budget = work.folder, work.budget
    plots = PlotsAhead(work.output.plots, lambda: budget.total)
    with console.bar("encoding", "frame", lambda seconds: f"{budget.total / max(seconds, 1e-3):.1f} faces/s") as bar:

        def progress(done: int, total: int | None) -> None:
            bar(done, total)
            plots.look()

        encoded = engine.encode(work, graphs.frames, progress)
        plots.wait()
    failures = encoded.unread + encoded.failed + _changed_meanwhile(work)
    folder.state.waiting = {"workers": round(encoded.workers_waited, 3), "frames": round(encoded.frames_waited, 3)}
    folder.record(failures=failures, seconds=_rounded({"encoding": encoded.seconds, **encoded.node_seconds}))
    lacking = folder.mark_ended(work.task.sources, encoded.stored)
    for name, count in lacking.items():
        gone = f"{counted(count, 'file')} of it in {FRAMES} and {SHARDS} vanished while the run was at work"
        work.warn(f"{name}: {gone}; run the same command again")
        folder.record(failures=[Failure(name, "store", gone)])
    if failures and not folder.stage_file_count():
        raise FacepipeError(f"every frame failed; the first: {failures[0].error} (run.json lists all)")


def _changed_meanwhile(work: Work) -> list[Failure]:
    """Failures of inputs whose files are not what they were before they were read; the next run begins them anew."""
    state, read = work.folder.state, {source.source_id for source in work.task.sources}
    changed = [entry for entry in state.inputs if entry.source_id in read and changed_since(entry)]
    state.unsettled = (*state.unsettled, *(entry.source_id for entry in changed))
    for entry in changed:
        work.warn(f"{entry.path} changed while it was read: the next run reads it again")
    why = "the file changed while it was read; the next run reads it again"
    return [Failure(entry.name, "frames", why) for entry in changed]


def assemble(work: Work, console: Console, graphs: Graphs = GRAPHS) -> None:
    """Second graph: all shards become one table, the table people, the people folders and annotations."""
    folder = work.folder
    folder.begin_writing()
    with console.bar("clustering", "face") as work.clustering, console.bar("writing", "frame") as work.writing:
        outcome = run_graph(graphs.people(work), fatal=(Exception,))
    folder.state.assembled = folder.state.covers = folder.stage_file_count()
    folder.state.applied = work.history.last
    folder.record(seconds=_rounded({"assembling": outcome.seconds, **outcome.node_seconds}))


def _rounded(seconds: Mapping[str, float]) -> dict[str, float]:
    """Wall time of a graph, and the time inside each of its nodes over all workers, as run.json has them."""
    return {name: round(value, 3) for name, value in seconds.items()}


def _still_true(folder: RunFolder, again: Iterable[Source]) -> tuple[str, ...]:
    """What was warned of in inputs that are not looked at `again`."""
    if not folder.state.warnings:
        return ()
    read = {source.source_id for source in again}
    kept = [source for source in folder.sources() if source.source_id not in read]
    named = {begin for source in kept for begin in (f"{source.name}:", printable(source.path))}

    def of_them(line: str) -> bool:
        blanks = (place for place, letter in enumerate(line) if letter == " ")
        return any(line[:place] in named for place in blanks)  # names may have blanks, and inputs may be many

    return tuple(filter(of_them, folder.state.warnings))


@contextmanager
def _recorded(folder: RunFolder, console: Console, earlier: Iterable[str]) -> Iterator[None]:
    """Whatever happens in the block, run.json says how it ended and what was warned of, `earlier` and now."""
    earlier = tuple(earlier)
    status = Status.FAILED
    try:
        yield
        folder.drop_crops_ahead()  # of faces that --max-faces leaves out, or whose people were written before
        status = Status.FINISHED
    except KeyboardInterrupt:
        status = Status.INTERRUPTED
        raise
    finally:
        with suppress(StorageFull):  # on a full disk the first error is the one to show
            folder.update(status=status, warnings=tuple(dict.fromkeys((*earlier, *console.warnings))))
