"""The main job: inputs -> frames -> faces -> shards -> table -> people -> folders, montages, annotations."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

from facepipe import cli
from facepipe.console import Console
from facepipe.engine import Outcome, run_graph
from facepipe.errors import FacepipeError, ModelError, NoFaceFound, StorageFull, StoreError, UsageError
from facepipe.find.known import KnownPeople, read_known
from facepipe.find.pictures import FacePictures
from facepipe.identity import check_names, run_facts, shard_digest
from facepipe.labels.forget import leave_out, scrub
from facepipe.labels.sync import label_history, synced
from facepipe.media.sources import find_inputs, sha256_of
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
from facepipe.store.inputs import file_key, known_hashes
from facepipe.store.run_folder import RUN_NAME, RunFolder, load_run, open_run
from facepipe.summary import write_run_report


@dataclass(frozen=True, slots=True)
class Job:
    """What one run of the main job is asked to do.

    inputs: videos, or folders of them. images: photos, or folders of them; `with_videos`: videos in there count too.
    out: default <first input's stem>_dataset. known: a folder of reference pictures, which give people their names.
    """

    inputs: tuple[Path, ...] = ()
    out: Path | None = None
    settings: Settings = Settings()
    threads: int = 1
    fresh: bool = False
    models_dir: Path | None = None
    images: tuple[Path, ...] = ()
    with_videos: bool = False
    known: Path | None = None

    def __post_init__(self) -> None:
        if not self.inputs and not self.images:
            raise UsageError("nothing to look at: name videos with --video, photos with --images")
        if self.settings.detection.cropped and not self.images:
            raise UsageError("--cropped is for images of one face each: name them with --images")
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
    paths = [(path, ("video",)) for path in job.inputs]
    paths += [(path, ("video", "photo") if job.with_videos else ("photo",)) for path in job.images]
    out = job.out or Path(f"{paths[0][0].resolve().stem}_dataset")
    sources = find_inputs(paths, console.warn, hash_file=_hasher(out))
    pictures = FacePictures(job.settings, facts["detector"], job.models_dir)
    known = read_known(job.known, pictures, console.warn) if job.known else None
    _read_people_back(out, job, console)
    digest = shard_digest(job.settings, facts)
    folder = open_run(out, job.settings, sources, digest, facts, fresh=job.fresh)
    if folder.is_finished() and known is None:
        console.say(f"{out}{os.sep} is finished and its inputs are unchanged: nothing to do")
    else:
        finder = "every image is a face" if job.settings.detection.cropped else f"{facts['detector']} finds the faces"
        console.say(f"{finder}, {job.threads} threads, writing to {out}{os.sep}")
        with _recorded(folder, console):
            encode_frames(folder, job, console)
            if known is not None or not folder.is_assembled():
                make_dataset(folder, job.settings, console, job.threads, known)
        write_run_report(folder)
    if not folder.state["counts"]["faces"]:
        raise NoFaceFound(f"no face found in {folder.state['counts']['frames']} frames; see {out / 'report.html'}")
    return folder


def recluster(folder: RunFolder, settings: Settings, console: Console, known: KnownPeople | None = None) -> None:
    """Make people anew from a run's shards; `settings` may differ from the run's in clustering and output."""
    check_names(settings)
    folder.update(settings=settings.as_dict(), status="running")
    with _recorded(folder, console):
        make_dataset(folder, settings, console, known=known)
    write_run_report(folder)


def encode_frames(folder: RunFolder, job: Job, console: Console) -> None:
    """First graph, on threads: every sampled frame that is not done yet becomes a shard."""
    settings, shards = job.settings, folder.shards()
    budget = FaceBudget(settings.detection.max_faces)
    limited = bool(settings.detection.max_faces or settings.sampling.max_frames)  # counted over all sources
    sources = folder.sources() if limited else folder.unfinished_sources()
    frames = FramesProvider(
        "frames",
        sources=sources,
        sampling=settings.sampling,
        stored_faces=shards.count_faces,
        budget=budget,
        warn=console.warn,
        decode_threads=max(1, (os.cpu_count() or 1) - job.threads),
        others=len(sources) < len(folder.state["inputs"]),
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
    failures = frames.failures + outcome.failures
    failed = {item for failure in failures for item in (failure.item_id, failure.item_id.rpartition("-")[0])}
    stored = folder.shards_by_source()
    ended = () if limited else (s for s in sources if s.name not in failed and s.source_id not in failed)
    done = {**folder.state.get("done", {}), **{source.source_id: stored[source.source_id] for source in ended}}
    folder.state["done"] = done
    folder.record(failures=failures, seconds=_seconds("encoding", outcome))
    scrub(folder)
    if failures and not stored.total():
        raise FacepipeError(f"every frame failed; the first: {failures[0].error} (--verbose lists all)")


def make_dataset(
    folder: RunFolder, settings: Settings, console: Console, threads: int = 1, known: KnownPeople | None = None
) -> None:
    """Second graph: all shards become one table, the table people, the people folders and annotations."""
    names, corrections, last = label_history(folder)
    suggest = None
    if known is not None:
        twice = settings.clustering.allow_duplicates
        suggest = known.naming(
            set(corrections.person.values()), corrections.rejected, console.say, allow_duplicates=twice
        )
    folder.state["assembled"] = None  # until all is written
    with console.bar("clustering", "face") as clustering, console.bar("writing", "frame") as writing:
        graph = (
            PickleListCollator("collate", folder=folder)
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
    if corrections.forgotten:
        leave_out(folder)
    folder.state.update(assembled=folder.shard_count(), applied=last)
    folder.record(seconds=_seconds("assembling", outcome))


def _hasher(out: Path) -> Callable[[Path], str]:
    """SHA-256 of a file; not read again if the run in `out` knows a file of that path, size and time."""
    known = {}
    with suppress(StoreError):  # no run, or one that cannot be read: open_run says so
        known = known_hashes(load_run(out).state["inputs"])

    def sha256(path: Path) -> str:
        return (known.get(file_key(path)) if known else None) or sha256_of(path)

    return sha256


def _read_people_back(out: Path, job: Job, console: Console) -> None:
    """Keep what a person has changed in an earlier run's people/, before anything of it is touched."""
    if (out / RUN_NAME).exists():
        with suppress(StoreError) if job.fresh else nullcontext():
            synced(out, console)


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
