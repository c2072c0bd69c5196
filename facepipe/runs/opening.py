"""Opening a run: starting, resuming, adding to it, starting afresh.

A folder is a run if it holds a run.json of this program. Nothing is touched in any other folder that is not empty.
decisions.jsonl, what people have decided, outlives even `fresh`.
"""

from collections.abc import Collection
from itertools import count
from pathlib import Path
from typing import Any

from facepipe.errors import FacepipeError, SettingsChanged, StorageFull, StoreError
from facepipe.files.atomic import TEMPORARY_PREFIX
from facepipe.files.removal import remove, sweep
from facepipe.options import flag
from facepipe.records import Source
from facepipe.runs import inputs as inputs_of
from facepipe.runs.folder import STAGE_NAME, RunFolder
from facepipe.runs.layout import FOLDERS, RUN, TABLE_CSV, Layout
from facepipe.runs.state import RunState, Status


def load_run(path: Path) -> RunFolder:
    """Open the run in `path` to read or change it. StoreError if there is none, or its run.json is damaged."""
    layout = Layout(path)
    try:
        state = RunState.from_json(layout.run.read_text(encoding="utf-8"))
        for name in FOLDERS:
            if (path / name).is_symlink():
                raise ValueError(f"{name} is a link that leads elsewhere")
    except FileNotFoundError as error:
        raise StoreError(f"{path} is not a facepipe run: it has no {RUN}") from error
    except (OSError, ValueError, RecursionError, FacepipeError) as error:
        why = " ".join(str(error).split())  # it may quote what stands there
        raise StoreError(f"{layout.run} cannot be read ({why}): name another folder with --out") from error
    return RunFolder(path, state)


def open_run(
    path: Path, wanted: RunState, sources: list[Source], *, fresh: bool = False, earlier: RunFolder | None = None
) -> RunFolder:
    """Start or resume a run in `path`, or add `sources` to those that it has.

    wanted: the state of a new run: its settings, models, space and shard digest. earlier: the run that is there, if it
    has been read. Nobody but the owner can look into a folder that is made here. A run that is finished and has nothing
    to do keeps its status. Errors, with nothing touched: StoreError for a folder that is not empty and not a run;
    SettingsChanged, saying what differs, for a run with other settings, unless `fresh`, which first removes what that
    run wrote.
    """
    if path.exists() and not path.is_dir():
        raise StoreError(f"{path} is a file: name a folder with --out")
    if path.is_dir() and any(path.iterdir()):
        if not (path / RUN).exists():
            raise StoreError(f"{path} is not empty and not a facepipe run: name another folder with --out")
        run = earlier or load_run(path)
        if not fresh:
            return _resumed(run, wanted, sources)
        log, same_faces = run.layout.decisions, run.state.shard_digest == wanted.shard_digest
        # Decisions on faces go with the names that these had: the same faces will be found again, or they are history.
        wipe(run, keep={TABLE_CSV} if same_faces and log.exists() else set())
        if not same_faces:
            _set_aside(log)
    _make_private(path)
    run = RunFolder(path, wanted)
    run.update(inputs=inputs_of.added((), sources))
    return run


def _resumed(run: RunFolder, wanted: RunState, sources: list[Source]) -> RunFolder:
    _same_or_raise(run, wanted)
    if run.state.status is not Status.FINISHED:
        sweep(run.path)
    inputs = inputs_of.added(run.state.inputs, sources)
    if not run.is_finished() or len(inputs) > len(run.state.inputs):
        run.update(inputs=inputs, status=Status.RUNNING, failures=(), models=wanted.models, space=wanted.space)
    elif inputs != run.state.inputs:
        run.update(inputs=inputs)
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
    """Remove what the run wrote, and nothing else: its files without `keep`, its sources' shards and frames."""
    source_ids = {entry.source_id for entry in run.state.inputs}
    names = set(run.state.files) - set(keep)
    for folder in (run.layout.frames, run.layout.shards):
        for path in folder.iterdir() if folder.is_dir() else ():
            match = STAGE_NAME.fullmatch(path.name)
            if (match and match["source"] in source_ids) or path.name.startswith(TEMPORARY_PREFIX):
                names.add(f"{folder.name}/{path.name}")
    names.add(RUN)
    remove(run.path, names)


def _same_or_raise(run: RunFolder, wanted: RunState) -> None:
    """SettingsChanged, with each difference, unless the run was made with what is wanted now."""
    old, new = run.settings.as_dict(), wanted.settings.as_dict()
    differing = {
        (group, name): f"{flag(name)} was {_shown(old[group].get(name))}, now {_shown(new[group].get(name))}"
        for group in new
        for name in {**old[group], **new[group]}
        if old[group].get(name) != new[group].get(name)
    }
    differences = list(differing.values())
    if not differences and run.state.shard_digest != wanted.shard_digest:
        differences.append("a model differs, or the program does")
    if differences:
        remedy = "name another folder with --out, or start over with --fresh"
        if differing and {group for group, _ in differing} <= {"clustering", "output"}:
            remedy = f"facepipe cluster {run.path} changes them without looking at the video again"
        raise SettingsChanged(f"{run.path} holds a run with other settings ({'; '.join(differences)}): {remedy}")


def _shown(value: Any) -> str:
    return "not set" if value is None else repr(value)
