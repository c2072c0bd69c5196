"""Opening a run: starting, resuming, adding to it, starting afresh.

A folder is a run if it holds a run.json of this program. Nothing is touched in any other folder that is not empty.
decisions.jsonl, what people have decided, outlives even `fresh`.
"""

from collections.abc import Collection, Mapping
from itertools import count
from pathlib import Path

from facepipe.errors import FacepipeError, SettingsChanged, StorageFull, StoreError
from facepipe.files.ledger import Ledger
from facepipe.files.lock import is_free
from facepipe.files.real import is_link
from facepipe.files.removal import remove, sweep
from facepipe.records import Source
from facepipe.registry import UnknownPlugin
from facepipe.runs import inputs as inputs_of
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import DECISIONS, FILES, FOLDERS, RUN, TABLE_CSV, Layout
from facepipe.runs.older import listed_in
from facepipe.runs.state import RunState, Status
from facepipe.runs.state_file import Listed, read_state
from facepipe.settings import CHANGED_LATER
from facepipe.words import quoted

_NEVER_LISTED = frozenset((RUN, FILES, DECISIONS))


def load_run(path: Path) -> RunFolder:
    """Open the run in `path` to read or change it. StoreError if there is none, or its run.json is damaged."""
    layout = Layout(path)
    try:
        if layout.run.exists() and not layout.run.is_file():
            raise ValueError("it is not a file")
        state, listed = read_state(layout)
        for name in FOLDERS:
            if (path / name).is_symlink():
                raise ValueError(f"{name} is a link that leads elsewhere")
    except (FileNotFoundError, NotADirectoryError) as error:
        what = f"it has no {RUN}" if path.is_dir() or not path.exists() else "it is a file"
        raise StoreError(f"{path} is not a facepipe run: {what}") from error
    except UnknownPlugin as error:
        raise made_with_more(path, error) from error
    except (OSError, ValueError, RecursionError, FacepipeError) as error:
        raise _unreadable(layout.run, error) from error
    return RunFolder(path, state, _files_of(layout, state, listed), _listed=listed)


def made_with_more(path: Path, error: UnknownPlugin) -> StoreError:
    """What to say of the run in `path`, which needs that plug-in."""
    return StoreError(f"{path} was made with {error.what}, which is not installed here: install its package")


def _unreadable(path: Path, error: Exception) -> StoreError:
    why = " ".join(str(error).split())  # it may quote what stands there
    return StoreError(f"{path} cannot be read ({why}): name another folder")


def _files_of(layout: Layout, state: RunState, listed: Listed) -> Ledger:
    """What the run owns, which an older program lists in run.json. StoreError: the list is damaged, or gone although
    the run had one."""
    try:
        files = Ledger.read(layout.files)
        if any(name in files for name in (*_NEVER_LISTED, listed.name)):
            raise ValueError("it lists what no run takes away")
        return files
    except FileNotFoundError as error:
        try:
            older = listed_in(layout.run.read_text(encoding="utf-8"))
        except (OSError, ValueError) as outside:
            raise _unreadable(layout.run, outside) from outside
        if state.covers is not None and not older:
            why = f"{layout.files} is missing, which lists what facepipe wrote"
            raise StoreError(f"{why}: put it back, or name another folder") from error
        return Ledger(layout.files, older)
    except (OSError, ValueError) as error:
        raise _unreadable(layout.files, error) from error


def open_run(
    path: Path,
    wanted: RunState,
    sources: list[Source],
    *,
    fresh: bool = False,
    earlier: RunFolder | None = None,
    read_at: Mapping[str, inputs_of.AsRead] | None = None,
) -> RunFolder:
    """Start or resume a run in `path`, or add `sources` to those that it has.

    wanted: the state of a new run: its settings, models, space and shard digest. earlier: the run that is there, if it
    has been read. read_at: see `inputs.added`. Nobody but the owner can look into a folder that is made here. A run
    that is finished and has nothing to do keeps its status. Errors, with nothing touched: StoreError for a folder that
    is not empty and not a run; SettingsChanged, saying what differs, for a run with other settings, unless `fresh`,
    which first removes what that run wrote.
    """
    if path.exists() and not path.is_dir():
        raise StoreError(f"{path} is a file: name a folder with --out")
    if is_link(path) and not path.exists():
        raise StoreError(
            f"{path} is a link to {path.readlink()}, which is not there: make that folder, or name another"
        )
    files = Ledger(path / FILES)
    if path.is_dir() and not is_free(path):
        if not (path / RUN).exists():
            raise StoreError(f"{path} is not empty and not a facepipe run: name another folder with --out")
        run = earlier or load_run(path)
        if not fresh:
            return _resumed(run, wanted, sources, read_at)
        _started_over(run, wanted)
        files = run.files
    _make_private(path)
    sweep(path, deep=False)
    run = RunFolder(path, wanted, files)
    run.update(inputs=inputs_of.added((), sources, read_at))
    return run


def _started_over(run: RunFolder, wanted: RunState) -> None:
    """Remove what the run wrote but its run.json, which the new state is about to replace: so that a stop on the way
    leaves a run that knows what is its own.

    Decisions on faces go with the names that these had: the same faces will be found again, or they are history.
    """
    log, same_faces = run.layout.decisions, run.state.shard_digest == wanted.shard_digest
    keep = {TABLE_CSV} if same_faces and log.exists() else set()
    tables = {name: allowed for name, allowed in run.state.tables.items() if name in keep}
    run.update(status=Status.RUNNING, assembled=None, covers=None, done={}, tables=tables)
    _wipe(run, keep)
    if not same_faces:
        _set_aside(log)
    wanted.tables, wanted.foreign = tables, run.state.foreign


def _resumed(
    run: RunFolder, wanted: RunState, sources: list[Source], read_at: Mapping[str, inputs_of.AsRead] | None
) -> RunFolder:
    _same_or_raise(run, wanted)
    if run.state.status is not Status.FINISHED or run.state.assembled is None:
        sweep(run.path)
    if run.state.unsettled:
        _settle(run, {source.sha256 for source in sources})
    inputs = inputs_of.added(run.state.inputs, sources, read_at)
    if not run.is_finished() or len(inputs) > len(run.state.inputs):
        run.update(inputs=inputs, status=Status.RUNNING, failures=(), models=wanted.models, space=wanted.space)
    elif inputs != run.state.inputs:
        run.update(inputs=inputs)
    return run


def _settle(run: RunFolder, given: Collection[str]) -> None:
    """Drop the sources that changed while they were read, with what was stored of them, unless their content (SHA-256)
    is what it was before."""
    settled = [e for e in run.state.inputs if e.source_id not in run.state.unsettled or e.sha256 in given]
    dropped = {entry.source_id for entry in run.state.inputs} - {entry.source_id for entry in settled}
    run.drop_stage_files(dropped)
    done = {name: count for name, count in run.state.done.items() if name not in dropped}
    assembled = None if dropped else run.state.assembled
    run.update(inputs=tuple(settled), done=done, unsettled=(), assembled=assembled, status=Status.RUNNING)


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


def _wipe(run: RunFolder, keep: Collection[str] = ()) -> None:
    """Remove what the run wrote but run.json, and nothing else: its files without `keep`, its sources' shards and
    frames, and what was left half written."""
    run.drop_stage_files({entry.source_id for entry in run.state.inputs})
    remove(run.path, set(run.files) - set(keep) - {RUN, FILES})
    sweep(run.path)
    run.files.drop([name for name in run.files if name not in keep])


def _same_or_raise(run: RunFolder, wanted: RunState) -> None:
    """SettingsChanged, with each difference, unless the run was made with what is wanted now."""
    differing = run.settings.differences(wanted.settings)
    differences = [line for lines in differing.values() for line in lines]
    if not differences and run.state.shard_digest != wanted.shard_digest:
        differences.append("a model differs, or the program does")
    if differences:
        remedy = "name another folder with --out, or start over with --fresh"
        if differing and differing.keys() <= CHANGED_LATER:
            remedy = f"facepipe cluster {quoted(run.path)} changes them without looking at the video again"
        raise SettingsChanged(f"{run.path} holds a run with other settings ({'; '.join(differences)}): {remedy}")
