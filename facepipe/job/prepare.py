"""Before the first frame: which files, which models, which run; nothing is written unless all of it can work."""

from collections import Counter
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from facepipe.callbacks import Progress, no_progress
from facepipe.console import Console
from facepipe.errors import Incomplete, InputError, StoreError
from facepipe.files.address import Address
from facepipe.files.hashing import sha256_of
from facepipe.files.real import real
from facepipe.find.copies import clip_names
from facepipe.job.identity import run_state
from facepipe.job.request import Job
from facepipe.media.fetched import fetch
from facepipe.media.replaced import shows_the_same
from facepipe.media.sources import find_inputs
from facepipe.models.locate import cache_folder
from facepipe.people.forgotten import forgotten_faces
from facepipe.people.gallery import Gallery, read_gallery
from facepipe.people.log import read_log
from facepipe.people.reference import ReferencePictures
from facepipe.records import Source
from facepipe.results.summary import write_run_report
from facepipe.review.sync import sync
from facepipe.runs.folder import RunFolder
from facepipe.runs.inputs import AsRead, file_key, known_files
from facepipe.runs.opening import load_run, open_run
from facepipe.runs.state import COPIES, RENDERED, Status

_STEP = 10**7  # bytes of inputs from one word about how many were read to the next


def prepare(job: Job, console: Console) -> tuple[RunFolder, Gallery | None]:
    """The folder of the job, opened, and the people of --known. Errors: FacepipeError."""
    earlier = _earlier_run(job)
    going_on = earlier is not None and not job.fresh
    settings = job.settings.resolved(job.models_dir, earlier.settings if going_on else None)
    wanted = run_state(settings, job.models_dir)
    passed_over: Counter[str] = Counter()
    hasher = _Hasher(earlier)
    sources = _find(job, console, hasher, passed_over, _made_of(earlier) if earlier is not None else None)
    given = {source.sha256 for source in sources}
    for place in _unsettled(earlier, hasher.read_at.keys()) if going_on else ():
        try:
            found = find_inputs([place], console.warn, hash_file=hasher)
        except InputError as error:  # it has changed to nothing of use
            console.warn(f"{error}; it was left out")
        else:
            sources += [source for source in found if source.sha256 not in given]
            given |= {source.sha256 for source in found}
    pictures = ReferencePictures(settings, job.models_dir)
    gallery = read_gallery(job.known, pictures, console.warn) if job.known else None
    if earlier is not None:  # what a person has changed in people/ is kept, before anything of it is touched
        with suppress(StoreError if job.fresh else Incomplete):  # what has vanished is about to be made again
            sync(earlier, console, assembling=True)
    if job.fresh and earlier is not None:
        wanted.exports = earlier.state.exports
        if earlier.state.shard_digest == wanted.shard_digest:
            read_log(earlier)  # what people decided will hold again, if the log can be believed
            wanted.log, wanted.log_next = earlier.state.log, earlier.state.log_next
            wanted.forgetting = earlier.state.forgetting
        else:
            _warn_of_forgotten(earlier, console)
    lay = _paths(earlier) if going_on else []
    folder = open_run(job.folder, wanted, sources, fresh=job.fresh, earlier=earlier, read_at=hasher.read_at)
    if folder.state.status is Status.FINISHED and _paths(folder) != lay:
        write_run_report(folder)  # nothing else will be written, and it links to the inputs
    if folder.state.passed_over != passed_over:
        folder.update(passed_over=dict(passed_over))
    _mention_others(folder, {source.sha256 for source in sources}, console)
    return folder, gallery


def _paths(folder: RunFolder) -> list[str]:
    return [entry.path for entry in folder.state.inputs]


def _made_of(earlier: RunFolder) -> Callable[[Path], bool]:
    """Whether a file was rendered of the earlier run, or is a clip that was cut: these show its people once more,
    whoever was forgotten since."""
    exports = earlier.state.exports
    rendered = {Path(export.path) for export in exports if export.format == RENDERED}
    names = {path.name for path in rendered}
    folders = [Path(export.path) for export in exports if export.format == COPIES]
    clips = clip_names(earlier.sources() if folders else ())

    def made(path: Path) -> bool:
        if path.name in names and real(path) in rendered:
            return True
        return bool(clips.fullmatch(path.name)) and any(map(real(path).is_relative_to, folders))

    return made


def _find(
    job: Job, console: Console, hasher: "_Hasher", passed_over: Counter[str], made: Callable[[Path], bool] | None
) -> list[Source]:
    """The sources of the job; what lies at an address is fetched first. made: see `find_inputs`."""
    fetched = []

    def here(place: Path | Address, kinds: tuple[str, ...]) -> Path:
        if isinstance(place, Path):
            return place
        with console.bar("fetching", "MB") as bar:
            fetched.append(fetch(place, kinds, cache_folder() / "inputs", console.warn, bar, passed_over))
        return fetched[-1].path

    inputs = [(here(place, kinds), kinds) for place, kinds in job.inputs]
    with console.bar("reading inputs", "MB") as hasher.progress:
        sources = find_inputs(inputs, console.warn, hash_file=hasher, passed_over=passed_over, made=made)
    hasher.progress = no_progress
    for one in fetched:
        sources = [replace(source, address=one.address_of(source.path) or source.address) for source in sources]
    return sources


def _earlier_run(job: Job) -> RunFolder | None:
    """The run that the folder holds; None if there is none, or one that cannot be read: `open_run` says so."""
    with suppress(StoreError):
        return load_run(job.folder)
    return None


def _unsettled(earlier: RunFolder, given: Collection[str]) -> list[tuple[Path, tuple[str, ...]]]:
    """The inputs of the earlier run that changed while it read them, as far as they are there and not `given` now."""
    entries = [entry for entry in earlier.state.inputs if entry.source_id in earlier.state.unsettled]
    found = {entry.path: ("video" if entry.is_video else "photo",) for entry in entries if entry.path not in given}
    return [(Path(path), kinds) for path, kinds in found.items() if Path(path).is_file()]


class _Hasher:
    """SHA-256 of a file, as it was when the earlier run looked at it: of a file of that path, size and time, which is
    not read again, and of a photo that shows the same still, whatever has been written into its file since.

    read_at: each file that was read, by path. progress: is told how many megabytes were read.
    """

    def __init__(self, earlier: RunFolder | None) -> None:
        self._run, entries = earlier, earlier.state.inputs if earlier is not None else ()
        self._known = known_files(entries)
        self._by_path = {entry.path: entry for entry in entries}
        self._by_content = {hash_: entry for entry in entries for hash_ in (entry.now, entry.sha256) if hash_}
        self.read_at: dict[str, AsRead] = {}
        self.progress: Progress = no_progress
        self._read = 0

    def __call__(self, path: Path) -> str:
        key = file_key(path)
        place, _, changed_ns = key
        if (known := self._known.get(key)) is not None:
            self.read_at[place] = AsRead(changed_ns, known.now)
            return known.sha256
        content, before = sha256_of(path, self._count), self._by_path.get(place)
        known = self._by_content.get(content)
        if known is None and before is not None and shows_the_same(self._run, before, path):
            known = before
        sha256 = content if known is None else known.sha256
        self.read_at[place] = AsRead(changed_ns, "" if content == sha256 else content)
        return sha256

    def _count(self, size: int) -> None:
        before, self._read = self._read, self._read + size
        if before // _STEP < self._read // _STEP:
            self.progress(self._read // 10**6, None)


def _warn_of_forgotten(earlier: RunFolder, console: Console) -> None:
    with suppress(StoreError):  # a damaged log
        if forgotten_faces(earlier):
            console.warn("with other settings people who were forgotten may be found again: forget them again")


def _mention_others(folder: RunFolder, given: set[str], console: Console) -> None:
    others = [source.name for source in folder.sources() if source.sha256 not in given]
    if others:
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        console.say(f"the run in {folder.path} also holds {', '.join(others[:3])}{more}, from earlier")
