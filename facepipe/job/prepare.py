"""Before the first frame: which files, which models, which run; nothing is written unless all of it can work."""

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path

from facepipe.console import Console
from facepipe.errors import StoreError
from facepipe.files.hashing import sha256_of
from facepipe.job.identity import run_state
from facepipe.job.request import Job
from facepipe.media.sources import find_inputs
from facepipe.people.forgotten import forgotten_faces
from facepipe.people.gallery import Gallery, read_gallery
from facepipe.people.reference import ReferencePictures
from facepipe.review.sync import sync
from facepipe.runs.folder import RunFolder
from facepipe.runs.inputs import file_key, known_hashes
from facepipe.runs.opening import load_run, open_run


def prepare(job: Job, console: Console) -> tuple[RunFolder, Gallery | None]:
    """The folder of the job, opened, and the people of --known. Errors: FacepipeError."""
    earlier = _earlier_run(job)
    going_on = earlier is not None and not job.fresh
    settings = job.settings.resolved(job.models_dir, earlier.settings if going_on else None)
    wanted = run_state(settings, job.models_dir)
    passed_over: Counter[str] = Counter()
    sources = find_inputs(job.inputs, console.warn, hash_file=_hasher(earlier), passed_over=passed_over)
    pictures = ReferencePictures(settings, job.models_dir)
    gallery = read_gallery(job.known, pictures, console.warn) if job.known else None
    if earlier is not None:  # what a person has changed in people/ is kept, before anything of it is touched
        with suppress(StoreError) if job.fresh else nullcontext():
            sync(earlier, console)
    if job.fresh and earlier is not None and earlier.state.shard_digest != wanted.shard_digest:
        with suppress(StoreError):  # a damaged log
            if forgotten_faces(earlier.layout.decisions):
                console.warn("with other settings people who were forgotten may be found again: forget them again")
    folder = open_run(job.folder, wanted, sources, fresh=job.fresh, earlier=earlier)
    if folder.state.passed_over != passed_over:
        folder.update(passed_over=dict(passed_over))
    _mention_others(folder, {source.sha256 for source in sources}, console)
    return folder, gallery


def _earlier_run(job: Job) -> RunFolder | None:
    """The run that the folder holds; None if there is none, or one that cannot be read: `open_run` says so."""
    with suppress(StoreError):
        return load_run(job.folder)
    return None


def _hasher(earlier: RunFolder | None) -> Callable[[Path], str]:
    """SHA-256 of a file; not read again if the earlier run knows a file of that path, size and time."""
    known = known_hashes(earlier.state.inputs) if earlier is not None else {}
    return lambda path: (known.get(file_key(path)) if known else None) or sha256_of(path)


def _mention_others(folder: RunFolder, given: set[str], console: Console) -> None:
    others = [source.name for source in folder.sources() if source.sha256 not in given]
    if others:
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        console.say(f"the run in {folder.path} also holds {', '.join(others[:3])}{more}, from earlier")
