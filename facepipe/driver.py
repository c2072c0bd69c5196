"""The main job: inputs -> frames -> faces -> shards -> table -> people -> folders, montages, annotations."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from facepipe import cli
from facepipe.console import Console
from facepipe.engine import Outcome, run_graph
from facepipe.errors import FacepipeError, ModelError, NoFaceFound, StorageFull, UsageError
from facepipe.identity import check_names, run_facts, shard_digest
from facepipe.media.sources import find_sources
from facepipe.nodes import (
    ClothEncoder,
    ClusterUtility,
    DatastoreManager,
    FaceEncoder,
    FaceImageGenerator,
    FramesProvider,
    PickleListCollator,
)
from facepipe.nodes.face_budget import FaceBudget
from facepipe.settings import Settings
from facepipe.store.run_folder import RunFolder, open_run
from facepipe.summary import write_run_report


@dataclass(frozen=True, slots=True)
class Job:
    """What one run of the main job is asked to do. `out`: default <first input's stem>_dataset."""

    inputs: tuple[Path, ...]
    out: Path | None = None
    settings: Settings = Settings()
    threads: int = 1
    fresh: bool = False
    models_dir: Path | None = None

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise UsageError(f"--threads {self.threads}: must be at least 1")


def main(argv: list[str] | None = None) -> int:
    """The command line of the main job, `facepipe run ARGV`; returns the exit code."""
    return cli.main(["run", *(sys.argv[1:] if argv is None else argv)])


def entry() -> None:
    """What `python driver.py` calls: `main`, then leave."""
    cli.leave(main())


def run(job: Job, console: Console) -> RunFolder:
    """Do the job and return its folder. Errors: FacepipeError; everything that was finished stays on disk."""
    facts = run_facts(job.settings, job.models_dir)
    sources = find_sources(job.inputs, console.warn)
    out = job.out or Path(f"{job.inputs[0].resolve().stem}_dataset")
    digest = shard_digest(job.settings, facts)
    folder = open_run(out, job.settings, sources, digest, facts, fresh=job.fresh)
    console.say(f"{facts['detector']} finds the faces, {job.threads} threads, writing to {out}{os.sep}")
    with _recorded(folder, console):
        encode_frames(folder, job, console)
        make_dataset(folder, job.settings, console, job.threads)
    write_run_report(folder)
    if not folder.state["counts"]["faces"]:
        raise NoFaceFound(f"no face found in {folder.state['counts']['frames']} frames; see {out / 'report.html'}")
    return folder


def recluster(folder: RunFolder, settings: Settings, console: Console) -> None:
    """Make people anew from a run's shards; `settings` may differ from the run's in clustering and output."""
    check_names(settings)
    folder.update(settings=settings.as_dict(), status="running")
    with _recorded(folder, console):
        make_dataset(folder, settings, console)
    write_run_report(folder)


def encode_frames(folder: RunFolder, job: Job, console: Console) -> None:
    """First graph, on threads: every sampled frame that is not done yet becomes a shard."""
    settings, shards = job.settings, folder.shards()
    budget = FaceBudget(settings.detection.max_faces)
    frames = FramesProvider(
        "frames",
        sources=folder.sources(),
        sampling=settings.sampling,
        stored_faces=shards.count_faces,
        budget=budget,
        warn=console.warn,
        decode_threads=max(1, (os.cpu_count() or 1) - job.threads),
    )
    graph = (
        frames
        | FaceEncoder("faces", detection=settings.detection, encoding=settings.encoding, models_dir=job.models_dir)
        | ClothEncoder("clothes", encoding=settings.encoding, models_dir=job.models_dir)
        | DatastoreManager("store", frames=folder.frames, shards=shards, budget=budget)
    )
    with console.bar("encoding", "frame", lambda seconds: f"{budget.total / max(seconds, 1e-3):.1f} faces/s") as bar:
        outcome = run_graph(
            graph,
            threads=job.threads,
            on_progress=lambda done, total: bar(done + frames.resumed, total),
            fatal=(StorageFull, ModelError),
        )
    folder.record(failures=frames.failures + outcome.failures, seconds=_seconds("encoding", outcome))
    if outcome.failures and not outcome.done + frames.resumed:
        raise FacepipeError(f"every frame failed; the first: {outcome.failures[0].error} (--verbose lists all)")


def make_dataset(folder: RunFolder, settings: Settings, console: Console, threads: int = 1) -> None:
    """Second graph: all shards become one table, the table people, the people folders and annotations."""
    with console.bar("clustering", "face") as clustering, console.bar("writing", "frame") as writing:
        graph = (
            PickleListCollator("collate", folder=folder)
            | ClusterUtility("cluster", settings=settings.clustering, progress=clustering)
            | FaceImageGenerator("images", folder=folder, settings=settings.output, threads=threads, progress=writing)
        )
        outcome = run_graph(graph, fatal=(Exception,))
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
