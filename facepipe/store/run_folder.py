"""The output folder of a run: who owns it, what run.json says, resuming and starting afresh.

A folder is a run if it holds a run.json of this program. Nothing is touched in any other folder that is not
empty. What a run wrote is known by name (shards and frames of its sources) or listed in run.json; only that is
ever removed.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from facepipe import __version__
from facepipe.errors import SettingsChanged, StoreError
from facepipe.records import Failure, Source
from facepipe.settings import Settings
from facepipe.store.atomic import TEMPORARY_PREFIX, write_text
from facepipe.store.shards import ShardFolder

RUN_NAME = "run.json"
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
        return [Source(**{**entry, "path": Path(entry["path"])}) for entry in self.state["inputs"]]

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
        """Remove files that this run wrote and does not want any more; folders go when they are empty."""
        gone = set(names) & set(self.state["files"])
        _remove(self.path, gone)
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
    """Start or resume a run of `settings` on `sources` in `path`.

    shard_digest: of everything that decides what a shard holds. facts: more entries of run.json (detector, ...).
    Errors, with nothing touched: StoreError for a folder that is not empty and not a run; SettingsChanged, saying
    what differs, for a run with other settings or inputs, unless `fresh`, which first removes what that run wrote.
    """
    if path.exists() and not path.is_dir():
        raise StoreError(f"{path} is a file: name a folder with --out")
    wanted = {
        "settings": settings.as_dict(),
        "inputs": [_source_entry(source) for source in sources],
        "shard_digest": shard_digest,
    }
    if path.is_dir() and any(path.iterdir()):
        if not (path / RUN_NAME).exists():
            raise StoreError(f"{path} is not empty and not a facepipe run: name another folder with --out")
        run = load_run(path)
        if not fresh:
            _same_or_raise(run, wanted)
            run.update(status="running", failures=[], **facts)
            return run
        wipe(run)
    run = RunFolder(path)
    run.update(
        format="facepipe-run-1", facepipe=__version__, status="running", **wanted, **facts,
        counts={}, seconds={}, failures=[], warnings=[], notes=[], files=[],
    )  # fmt: skip
    return run


def wipe(run: RunFolder) -> None:
    """Remove what the run wrote, and nothing else: run.json's files, and shards and frames of its sources."""
    source_ids = {source.source_id for source in run.sources()}
    names = set(run.state["files"])
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
        path = root / name
        path.unlink(missing_ok=True)
        folders.update(parent for parent in path.parents if root in parent.parents)
    for folder in sorted(folders, key=lambda f: len(f.parts), reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _stays_inside(name: str) -> bool:
    return not Path(name).is_absolute() and ".." not in Path(name).parts


def _source_entry(source: Source) -> dict[str, Any]:
    return {
        "source_id": source.source_id,
        "name": source.name,
        "path": str(source.path.resolve()),
        "sha256": source.sha256,
        "size": source.size,
        "is_video": source.is_video,
    }


def _same_or_raise(run: RunFolder, wanted: dict[str, Any]) -> None:
    """SettingsChanged, with each difference, unless the run was made with what is wanted now."""
    old = run.state
    differences = [
        f"--{name.replace('_', '-')} was {old['settings'][group].get(name)!r}, now {value!r}"
        for group, values in wanted["settings"].items()
        for name, value in values.items()
        if old["settings"].get(group, {}).get(name) != value
    ]
    if [entry["sha256"] for entry in old["inputs"]] != [entry["sha256"] for entry in wanted["inputs"]]:
        differences.append("the inputs differ")
    if not differences and old["shard_digest"] != wanted["shard_digest"]:
        differences.append("the detector, a model or the version differs")
    if differences:
        raise SettingsChanged(
            f"{run.path} holds a run with other settings ({'; '.join(differences)}): "
            "name another folder with --out, or start over with --fresh"
        )
