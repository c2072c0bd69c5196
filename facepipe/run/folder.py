"""The output folder of a run: who owns it, what run.json says, resuming and starting afresh.

A folder is a run if it holds a run.json of this program. Nothing is touched in any other folder that is not
empty. What a run wrote is known by name (shards and frames of its sources) or listed in run.json; only that is
ever removed. decisions.jsonl, what people have decided, outlives even `fresh`.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, fields
from itertools import count
from pathlib import Path
from typing import Any

from facepipe import __version__
from facepipe.errors import FacepipeError, SettingsChanged, StorageFull, StoreError
from facepipe.files.atomic import TEMPORARY_PREFIX, write_text
from facepipe.files.removal import folded, is_one_file, remove, stays_inside, sweep
from facepipe.records import Failure, FrameRef, Source
from facepipe.run import inputs as inputs_of
from facepipe.run.shards import ShardFolder
from facepipe.run.table import CSV_NAME
from facepipe.settings import Settings

RUN_NAME = "run.json"
DECISIONS_NAME = "decisions.jsonl"
STAGE_NAME = re.compile(r"(?P<source>.+)-\d{7,}\.(pickle|jpg)")  # frames/ and shards/: <frame id>.<suffix>
SOURCE_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}-[0-9a-f]{8}")
STATUS = ("running", "finished", "interrupted", "failed")
FOLDERS = ("frames", "shards", "people", "montage", "annotations", "plots")


@dataclass(slots=True)
class RunFolder:
    """An opened output folder. `state` is what run.json holds, builtins only."""

    path: Path
    state: dict[str, Any] = field(default_factory=dict)
    _sources: tuple[list, list[Source]] = field(default=([], []), repr=False)  # of which inputs, and what they are

    @property
    def frames(self) -> Path:
        return self.path / "frames"

    @property
    def people(self) -> Path:
        return self.path / "people"

    def shards(self) -> ShardFolder:
        return ShardFolder(self.path / "shards", self.state["shard_digest"])

    def sources(self) -> list[Source]:
        """The inputs, in the order in which they were given."""
        if self._sources[0] is not self.state["inputs"]:
            names = [spec.name for spec in fields(Source)]
            entries = self.state["inputs"]
            made = [
                Source(**{name: entry[name] for name in names} | {"path": Path(entry["path"])}) for entry in entries
            ]
            self._sources = entries, made
        return list(self._sources[1])

    def stored_faces(self, ref: FrameRef) -> int | None:
        """How many faces a frame has that is done: its shard is whole, and so is its picture where it has faces."""
        faces = self.shards().count_faces(ref)
        return None if faces and not _has_content(self.frames / f"{ref.frame_id}.jpg") else faces

    def stage_files(self) -> Counter[str]:
        """How many shards and frame pictures each source has, by its id."""
        found: Counter[str] = Counter()
        for folder in (self.frames, self.path / "shards"):
            for entry in os.scandir(folder) if folder.is_dir() else ():
                match = STAGE_NAME.fullmatch(entry.name)
                if match is not None and entry.stat().st_size:
                    found[match["source"]] += 1
        return found

    def stage_file_count(self) -> int:
        """How many shards and frame pictures its sources have."""
        found = self.stage_files()
        return sum(found[entry["source_id"]] for entry in self.state["inputs"])

    def unfinished_sources(self) -> list[Source]:
        """The sources that have to be looked at: never to their end, with failures, or since robbed of files."""
        found, done = self.stage_files(), self.state.get("done", {})
        return [source for source in self.sources() if done.get(source.source_id) != found[source.source_id]]

    def mark_ended(self, sources: Iterable[Source]) -> None:
        """Note of each source that it was looked at to its end, unless something of it failed."""
        failed = {failure["item"] for failure in self.state["failures"]}
        failed |= {item.rpartition("-")[0] for item in failed}  # a frame's source
        found, done = self.stage_files(), dict(self.state.get("done", {}))
        for source in sources:
            if source.name not in failed and source.source_id not in failed:
                done[source.source_id] = found[source.source_id]
        self.update(done=done)

    def is_finished(self) -> bool:
        """Whether a run on these inputs has nothing left to do."""
        ended = self.state["status"] == "finished" and not self.state["failures"]
        return ended and not self.unfinished_sources() and self.is_assembled()

    def is_assembled(self) -> bool:
        """Whether people, tables and pictures have been made of exactly the frames that are there, and all exist."""
        if self.state.get("assembled") != self.stage_file_count():
            return False
        missing = set(self.state["files"]) - set(_files_in(self.path))
        # File systems that compare names in their own way list them in their own way too.
        return all((self.path / name).is_file() for name in missing)

    def settings(self) -> Settings:
        return Settings.from_dict(self.state["settings"])

    def update(self, **changes: Any) -> None:
        """Change entries of run.json and write it."""
        self.state.update(changes)
        write_text(self.path / RUN_NAME, json.dumps(self.state, indent=1) + "\n")

    def claim(self, names: Iterable[str]) -> None:
        """Record paths (relative, posix) that are about to be written, so that the run is known to own them."""
        owned = set(self.state["files"]) | set(names)
        if len(owned) > len(self.state["files"]):
            self.update(files=sorted(owned))

    def release(self, names: Iterable[str]) -> None:
        """Remove files that this run wrote and does not want any more; folders go when they are empty.

        Where a file system takes two names for one (anna/ and Anna/), a file stays while one of them is wanted.
        """
        gone = set(names) & set(self.state["files"])
        wanted = {folded(name): name for name in set(self.state["files"]) - gone}
        remove(self.path, {name for name in gone if not is_one_file(self.path, name, wanted.get(folded(name)))})
        if gone:
            self.update(files=sorted(set(self.state["files"]) - gone))

    def record(self, *, failures: Iterable[Failure] = (), **changes: Any) -> None:
        """Add failures, and merge dicts (counts, seconds) into the entries of that name; write run.json."""
        self.state["failures"] += [{"item": f.item_id, "stage": f.stage, "error": f.error} for f in failures]
        self.update(**{name: {**self.state[name], **value} for name, value in changes.items()})


def load_run(path: Path) -> RunFolder:
    """Open the run in `path` to read or change it. StoreError if there is none."""
    try:
        state = json.loads((path / RUN_NAME).read_text(encoding="utf-8"))
        run = RunFolder(path, state)
        _check_state(run)
    except FileNotFoundError as error:
        raise StoreError(f"{path} is not a facepipe run: it has no {RUN_NAME}") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, FacepipeError) as error:
        raise StoreError(f"{path / RUN_NAME} cannot be read ({error}): name another folder with --out") from error
    return run


def _files_in(root: Path) -> Iterator[str]:
    """The files below `root`, relative to it, with slashes, but for frames/ and shards/."""
    for folder, folders, names in os.walk(root):
        inside = Path(folder).relative_to(root).as_posix()
        if inside == ".":
            folders[:] = [name for name in folders if name not in ("frames", "shards")]
        yield from names if inside == "." else (f"{inside}/{name}" for name in names)


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def _check_state(run: RunFolder) -> None:
    """Any error but StorageFull if run.json is damaged, or would lead outside its folder."""
    state = run.state
    if state["format"] != "facepipe-run-1":
        raise ValueError("unknown format")
    run.settings(), run.shards()
    kinds = {"counts": dict, "seconds": dict, "failures": list, "warnings": list, "notes": list, "files": list}
    if not all(isinstance(state[name], kind) for name, kind in kinds.items()) or state["status"] not in STATUS:
        raise ValueError("an entry of it has the wrong type")
    if not isinstance(state.get("cut"), float | int | None):
        raise ValueError("its cut is no number")
    if not all(SOURCE_ID.fullmatch(source.source_id) for source in run.sources()):
        raise ValueError("an input's id is not one")
    if not all(isinstance(name, str) and stays_inside(name) for name in state["files"]):
        raise ValueError("it lists files outside its folder")
    for name in FOLDERS:
        if (run.path / name).is_symlink():
            raise ValueError(f"{name} is a link that leads elsewhere")


def open_run(
    path: Path,
    settings: Settings,
    sources: list[Source],
    shard_digest: str,
    facts: dict[str, Any],
    *,
    fresh: bool = False,
    earlier: RunFolder | None = None,
) -> RunFolder:
    """Start or resume a run of `settings` in `path`, or add `sources` to those that it has.

    shard_digest: of everything that decides what a shard holds. facts: more entries of run.json (detector, ...).
    earlier: the run that is there, if it has been read.
    Nobody but the owner can look into a folder that is made here. A run that is finished and has nothing to do keeps
    its status. Errors, with nothing touched: StoreError for a folder that is not empty and not a run; SettingsChanged,
    saying what differs, for a run with other settings, unless `fresh`, which first removes what that run wrote.
    """
    if path.exists() and not path.is_dir():
        raise StoreError(f"{path} is a file: name a folder with --out")
    wanted = {"settings": settings.as_dict(), "shard_digest": shard_digest}
    if path.is_dir() and any(path.iterdir()):
        if not (path / RUN_NAME).exists():
            raise StoreError(f"{path} is not empty and not a facepipe run: name another folder with --out")
        run = earlier or load_run(path)
        if not fresh:
            _same_or_raise(run, wanted)
            if run.state["status"] != "finished":
                sweep(path)
            inputs = inputs_of.added(run.state["inputs"], sources)
            if not run.is_finished() or len(inputs) > len(run.state["inputs"]):
                run.update(inputs=inputs, status="running", failures=[], **facts)
            elif inputs != run.state["inputs"]:
                run.update(inputs=inputs)
            return run
        log, same_faces = path / DECISIONS_NAME, run.state["shard_digest"] == shard_digest
        # Decisions on faces go with the names that these had: the same faces will be found again, or they are history.
        wipe(run, keep={CSV_NAME} if same_faces and log.exists() else set())
        if not same_faces:
            _set_aside(log)
    _make_private(path)
    run = RunFolder(path)
    run.update(
        format="facepipe-run-1", facepipe=__version__, status="running", **wanted, **facts,
        inputs=inputs_of.added([], sources), counts={}, seconds={}, failures=[], warnings=[], notes=[], files=[],
    )  # fmt: skip
    return run


def _make_private(path: Path) -> None:
    """Make the folder, for its owner only; one that is there stays as open as it is."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFull(f"cannot write {path}: {error.strerror}; name another folder with --out") from error


def _set_aside(log: Path) -> None:
    """Keep decisions on faces that other settings will find otherwise, under a name that is free."""
    if log.exists():
        number = next(n for n in count(1) if not log.with_name(f"{log.stem}-{n}{log.suffix}").exists())
        log.rename(log.with_name(f"{log.stem}-{number}{log.suffix}"))


def wipe(run: RunFolder, keep: Collection[str] = ()) -> None:
    """Remove what the run wrote, and nothing else: run.json's files without `keep`, its sources' shards and frames."""
    source_ids = {source.source_id for source in run.sources()}
    names = set(run.state["files"]) - set(keep)
    for folder in (run.frames, run.shards().folder):
        for path in folder.iterdir() if folder.is_dir() else ():
            match = STAGE_NAME.fullmatch(path.name)
            if (match and match["source"] in source_ids) or path.name.startswith(TEMPORARY_PREFIX):
                names.add(f"{folder.name}/{path.name}")
    remove(run.path, names)


def _same_or_raise(run: RunFolder, wanted: dict[str, Any]) -> None:
    """SettingsChanged, with each difference, unless the run was made with what is wanted now."""
    old = run.settings().as_dict()  # with today's defaults for settings that it did not know
    differing = {
        (group, name): f"--{name.replace('_', '-')} was {old[group][name]!r}, now {value!r}"
        for group, values in wanted["settings"].items()
        for name, value in values.items()
        if old[group][name] != value
    }
    differences = list(differing.values())
    if not differences and run.state["shard_digest"] != wanted["shard_digest"]:
        differences.append("the detector or a model differs")
    if differences:
        remedy = "name another folder with --out, or start over with --fresh"
        if differing and {group for group, _ in differing} <= {"clustering", "output"}:
            remedy = f"facepipe cluster {run.path} changes them without looking at the video again"
        raise SettingsChanged(f"{run.path} holds a run with other settings ({'; '.join(differences)}): {remedy}")
