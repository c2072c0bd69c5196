"""The output folder of a run: who owns it, what run.json says, resuming and starting afresh.

A folder is a run if it holds a run.json of this program. Nothing is touched in any other folder that is not
empty. What a run wrote is known by name (shards and frames of its sources) or listed in run.json; only that is
ever removed. decisions.jsonl, what people have decided, outlives even `fresh`.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, fields
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

from facepipe import __version__
from facepipe.errors import SettingsChanged, StorageFull, StoreError
from facepipe.records import Failure, Source
from facepipe.settings import Settings
from facepipe.store import inputs as inputs_of
from facepipe.store.atomic import TEMPORARY_PREFIX, write_text
from facepipe.store.shards import ShardFolder
from facepipe.store.table import CSV_NAME

RUN_NAME = "run.json"
DECISIONS_NAME = "decisions.jsonl"
STAGE_NAME = re.compile(r"(?P<source>.+)-\d{7,}\.(pickle|jpg)")  # frames/ and shards/: <frame id>.<suffix>


@dataclass(slots=True)
class RunFolder:
    """An opened output folder. `state` is what run.json holds, builtins only."""

    path: Path
    state: dict[str, Any] = field(default_factory=dict)

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
        names = [spec.name for spec in fields(Source)]
        return [
            Source(**{**{name: entry[name] for name in names}, "path": Path(entry["path"])})
            for entry in self.state["inputs"]
        ]

    def shards_by_source(self) -> Counter[str]:
        """How many shards each source has, by its id."""
        folder, shards = self.path / "shards", Counter()
        for path in folder.iterdir() if folder.is_dir() else ():
            if (match := STAGE_NAME.fullmatch(path.name)) is not None:
                shards[match["source"]] += 1
        return shards

    def shard_count(self) -> int:
        """How many shards its sources have."""
        shards = self.shards_by_source()
        return sum(shards[entry["source_id"]] for entry in self.state["inputs"])

    def unfinished_sources(self) -> list[Source]:
        """The sources that have to be looked at: never to their end, with failures, or since robbed of shards."""
        shards, done = self.shards_by_source(), self.state.get("done", {})
        return [source for source in self.sources() if done.get(source.source_id) != shards[source.source_id]]

    def is_finished(self) -> bool:
        """Whether a run on these inputs has nothing left to do."""
        ended = self.state["status"] == "finished" and not self.state["failures"]
        return ended and not self.unfinished_sources() and self.is_assembled()

    def is_assembled(self) -> bool:
        """Whether people, tables and pictures have been made of exactly the shards that are there, and all exist."""
        if self.state.get("assembled") != self.shard_count():
            return False
        return all((self.path / name).is_file() for name in self.state["files"])

    def settings(self) -> Settings:
        return Settings.from_dict(self.state["settings"])

    def update(self, **changes: Any) -> None:
        """Change entries of run.json and write it."""
        self.state.update(changes)
        write_text(self.path / RUN_NAME, json.dumps(self.state, indent=1, ensure_ascii=False) + "\n")

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
        wanted = {_folded(name): name for name in set(self.state["files"]) - gone}
        _remove(self.path, {name for name in gone if not _is_one_file(self.path, name, wanted.get(_folded(name)))})
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
        if state["format"] != "facepipe-run-1":
            raise ValueError("unknown format")
        run = RunFolder(path, state)
        run.sources(), run.settings(), run.shards()
        files = state["files"]
        if not all(isinstance(name, str) and _stays_inside(name) for name in files):
            raise ValueError("it lists files outside its folder")
    except FileNotFoundError as error:
        raise StoreError(f"{path} is not a facepipe run: it has no {RUN_NAME}") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"{path / RUN_NAME} cannot be read ({error}): name another folder with --out") from error
    return run


def open_run(
    path: Path,
    settings: Settings,
    sources: list[Source],
    shard_digest: str,
    facts: dict[str, Any],
    *,
    fresh: bool = False,
) -> RunFolder:
    """Start or resume a run of `settings` in `path`, or add `sources` to those that it has.

    shard_digest: of everything that decides what a shard holds. facts: more entries of run.json (detector, ...).
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
        run = load_run(path)
        if not fresh:
            _same_or_raise(run, wanted)
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
    """Make the folder, for its owner only; one that holds something already stays as open as it is."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        if not any(path.iterdir()):
            path.chmod(0o700)
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
    _remove(run.path, names)
    (run.path / RUN_NAME).unlink(missing_ok=True)


def _remove(root: Path, names: Iterable[str]) -> None:
    folders = set()
    for name in names:
        (root / name).unlink(missing_ok=True)
        folders.add(name.rpartition("/")[0])
    folders = {root / parent for folder in folders for parent in (folder, *PurePosixPath(folder).parents)} - {root}
    for folder in sorted(folders, key=lambda f: len(f.parts), reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _is_one_file(root: Path, name: str, other: str | None) -> bool:
    try:
        path = root / name
        return other is not None and path.samefile(root / other) and path.stat().st_nlink == 1
    except OSError:
        return False


def _stays_inside(name: str) -> bool:
    plain = ".." not in name and ":" not in name and "\\" not in name and not name.startswith("/")
    return plain or (not Path(name).is_absolute() and ".." not in Path(name).parts)


def _same_or_raise(run: RunFolder, wanted: dict[str, Any]) -> None:
    """SettingsChanged, with each difference, unless the run was made with what is wanted now."""
    old = run.state
    differences = [
        f"--{name.replace('_', '-')} was {old['settings'][group].get(name)!r}, now {value!r}"
        for group, values in wanted["settings"].items()
        for name, value in values.items()
        if old["settings"].get(group, {}).get(name) != value
    ]
    if not differences and old["shard_digest"] != wanted["shard_digest"]:
        differences.append("the detector, a model or the version differs")
    if differences:
        raise SettingsChanged(
            f"{run.path} holds a run with other settings ({'; '.join(differences)}): "
            "name another folder with --out, or start over with --fresh"
        )
