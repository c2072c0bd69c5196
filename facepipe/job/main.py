"""The main job: inputs -> frames -> faces -> shards -> table -> people -> folders, montages, annotations."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import cv2

from facepipe import cli
from facepipe.console import Console
from facepipe.engine import Outcome, run_graph
from facepipe.engine.face_budget import FaceBudget
from facepipe.errors import FacepipeError, ModelError, NoFaceFound, StorageFull, StoreError
from facepipe.job.identity import check_names
from facepipe.job.prepare import prepare
from facepipe.job.request import Job
from facepipe.nodes import (
    ClothEncoder,
    ClusterUtility,
    DatastoreManager,
    FaceEncoder,
    FaceImageGenerator,
    FramesProvider,
    PickleListCollator,
)
from facepipe.people.forgotten import forgotten_faces
from facepipe.people.gallery import KnownPeople
from facepipe.results.summary import write_run_report
from facepipe.review.sync import label_history
from facepipe.run.folder import DECISIONS_NAME, RunFolder
from facepipe.run.lock import locked
from facepipe.settings import CORES, Settings


def main(argv: list[str] | None = None) -> int:
    """The command line of the main job, `facepipe run ARGV`; returns the exit code."""
    return cli.main(["run", *(sys.argv[1:] if argv is None else argv)])


def entry() -> None:
    """What `python driver.py` calls: `main`, then leave."""
    cli.use_any_terminal()
    cli.leave(main())


def run(job: Job, console: Console) -> RunFolder:
    """Do the job and return its folder. Errors: FacepipeError; everything that was finished stays on disk."""
    with locked(job.folder):
        folder, known = prepare(job, console)
        if folder.state["status"] == "finished" and known is None:
            console.say(f"{folder.path}{os.sep} is finished and its inputs are unchanged: nothing to do")
        else:
            cropped = job.settings.detection.cropped
            finder = "every image is a face" if cropped else f"{folder.state['detector']} finds the faces"
            console.say(f"{finder}, {job.threads} threads, writing to {folder.path}{os.sep}")
            with _recorded(folder, console):
                encode_frames(folder, job, console)
                if known is not None or not folder.is_assembled():
                    make_dataset(folder, job.settings, console, job.threads, known)
            write_run_report(folder)
    if not folder.state["counts"]["faces"]:
        frames, report = folder.state["counts"]["frames"], folder.path / "report.html"
        raise NoFaceFound(f"no face found in {frames} frames; see {report}")
    return folder


def recluster(folder: RunFolder, settings: Settings, console: Console, known: KnownPeople | None = None) -> None:
    """Make people anew from a run's shards; `settings` may differ from the run's in clustering and output.

    The caller holds the folder's lock, and has read `folder` since.
    """
    check_names(settings)
    if "encoding" not in folder.state["seconds"]:
        raise StoreError(f"{folder.path} has not seen all of its inputs: first finish it with facepipe run")
    with _recorded(folder, console):
        make_dataset(folder, settings, console, known=known)
        folder.update(settings=settings.as_dict())
    write_run_report(folder)


def encode_frames(folder: RunFolder, job: Job, console: Console) -> None:
    """First graph, on threads: every sampled frame that is not done yet becomes a shard."""
    settings = job.settings
    cv2.setNumThreads(1)  # the workers are the threads
    budget = FaceBudget(settings.detection.max_faces)
    limited = bool(settings.detection.max_faces or settings.sampling.max_frames)  # counted over all sources
    sources = folder.sources() if limited else folder.unfinished_sources()
    frames = FramesProvider(
        "frames",
        sources=sources,
        sampling=settings.sampling,
        stored_faces=folder.stored_faces,
        budget=budget,
        warn=console.warn,
        decode_threads=max(1, CORES - job.threads),
        others=len(sources) < len(folder.sources()),
        reuse_static=settings.detection.reuse_static,
    )
    graph = (
        frames
        | FaceEncoder("faces", detection=settings.detection, encoding=settings.encoding, models_dir=job.models_dir)
        | ClothEncoder("clothes", encoding=settings.encoding, models_dir=job.models_dir)
        | DatastoreManager(
            "store",
            frames=folder.frames,
            shards=folder.shards(),
            budget=budget,
            frame_size=settings.sampling.frame_size,
            forgotten=forgotten_faces(folder.path / DECISIONS_NAME),
        )
    )
    with console.bar("encoding", "frame", lambda seconds: f"{budget.total / max(seconds, 1e-3):.1f} faces/s") as bar:
        outcome = run_graph(
            graph,
            threads=job.threads,
            on_progress=lambda done, total: bar(done + frames.resumed, total),
            on_failure=lambda failure: budget.add(failure.item_id, 0),
            fatal=(StorageFull, ModelError),
        )
    failures = frames.failures + outcome.failures
    folder.record(failures=failures, seconds=_seconds("encoding", outcome))
    folder.update(waiting={"workers": round(outcome.workers_waited, 3), "frames": round(outcome.root_waited, 3)})
    folder.mark_ended([] if limited else sources)
    if failures and not folder.stage_file_count():
        raise FacepipeError(f"every frame failed; the first: {failures[0].error} (run.json lists all)")


def make_dataset(
    folder: RunFolder, settings: Settings, console: Console, threads: int = CORES, known: KnownPeople | None = None
) -> None:
    """Second graph: all shards become one table, the table people, the people folders and annotations."""
    names, corrections, last = label_history(folder)
    suggest = known and known.naming(
        set(corrections.person.values()),
        corrections.rejected,
        console.say,
        allow_duplicates=settings.clustering.allow_duplicates,
    )
    folder.state["assembled"] = None  # until all is written
    with console.bar("clustering", "face") as clustering, console.bar("writing", "frame") as writing:
        graph = (
            PickleListCollator("collate", folder=folder, forgotten=corrections.forgotten)
            | ClusterUtility(
                "cluster",
                settings=settings.clustering,
                progress=clustering,
                names=names,
                corrections=corrections,
                suggest=suggest,
            )
            | FaceImageGenerator("images", folder=folder, settings=settings.output, threads=threads, progress=writing)
        )
        outcome = run_graph(graph, fatal=(Exception,))
    folder.state.update(assembled=folder.stage_file_count(), applied=last)
    folder.record(seconds=_seconds("assembling", outcome))


def _seconds(whole: str, outcome: Outcome) -> dict[str, float]:
    """Wall time of a graph under the name `whole`, and the time inside each of its nodes over all threads."""
    return {name: round(value, 3) for name, value in {whole: outcome.seconds, **outcome.node_seconds}.items()}


@contextmanager
def _recorded(folder: RunFolder, console: Console) -> Iterator[None]:
    """Whatever happens in the block, run.json says how it ended and what was warned of."""
    status = "failed"
    try:
        yield
        status = "finished"
    except KeyboardInterrupt:
        status = "interrupted"
        raise
    finally:
        with suppress(StorageFull):  # on a full disk the first error is the one to show
            folder.update(status=status, warnings=console.warnings)
