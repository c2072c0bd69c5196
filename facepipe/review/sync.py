"""Reading people/ back: every command on a run begins with this, so that what a person changed is never lost.

In this order, so that a stop at any moment is mended by the next command: the decisions are logged; new files are
listed, linked or written; faces.csv is replaced; files that are not wanted any more go; run.json says which decision
was the last to be applied.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from facepipe.console import Console
from facepipe.files.removal import sweep
from facepipe.people.decisions import Decision, append, describe, read
from facepipe.people.folder import compare, scan
from facepipe.people.written import names_written
from facepipe.results.mend import mend_tables
from facepipe.results.update import EVERYTHING, update_results
from facepipe.review.erase import erase
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import FRAMES, PEOPLE, SHARDS, TABLE_NPZ
from facepipe.runs.lock import locked
from facepipe.runs.opening import load_run
from facepipe.runs.state import Status
from facepipe.words import counted, quoted


def synced(out: Path, console: Console) -> RunFolder:
    """Open the run in `out` and read its people/ back. StoreError: also where another facepipe is at work."""
    with locked(out):
        folder = load_run(out)
        sync(folder, console)
        return folder


def sync(folder: RunFolder, console: Console, *, everything: bool = False, assembling: bool = False) -> bool:
    """Log what a person changed in people/, bring all files in line with it and say so, a line each.

    The caller holds the folder's lock, and has read `folder` since. everything: annotations and plots too, however
    many faces there are. assembling: the caller makes people and tables anew afterwards. Returns whether anything was
    written. Errors: StoreError (a damaged log), StorageFull, Incomplete: files have vanished that only a run on the
    inputs can make again; what was changed in people/ is logged.
    """
    state = folder.state
    stopped_writing = state.assembled is None or state.status is not Status.FINISHED
    sweep(folder.path, deep=stopped_writing)
    _report_lost(folder, console)
    people = names_written(folder)
    if people is None or not (state.tables or (folder.path / TABLE_NPZ).exists()):  # not finished yet
        return False
    log = folder.layout.decisions
    decided = read(log)
    pending = [decision for decision in decided if decision.number > state.applied]
    names = named_by(people, pending)
    found = scan(folder.layout.people, names.keys())
    owned = {name.removeprefix(f"{PEOPLE}/") for name in state.files if name.startswith(f"{PEOPLE}/")}
    seen = compare(names, owned, found, complete=state.assembled is not None)
    _report_oddities(folder, console, seen.conflicts, [path for path in found.foreign if path not in owned])
    added = append(log, seen.decisions)
    mended = mend_tables(folder, console.warn)
    lacking = bool(owned) and not found.files
    stopped = state.assembled is None and state.covers is not None and not assembling
    if not (pending or added or seen.strays or lacking or everything or stopped):
        return mended
    for decision in added:
        console.say(describe(decision))
    folder.claim(f"{PEOPLE}/{path}" for path in seen.strays)
    forgotten = {face for decision in pending if decision.kind == "forget" for face in decision.faces}
    if forgotten:
        erase(folder, forgotten)
        everything = True
    left = {face: name for face, name in named_by(names, added).items() if face not in forgotten}
    update_results(folder, people, left, everything=everything or lacking)
    folder.update(applied=len(decided) + len(added))
    if len(names) > EVERYTHING and not everything and folder.settings.output.annotations:
        console.say(f"annotations and plots are as before: facepipe sync {quoted(folder.path)} --all writes them anew")
    return True


def _report_lost(folder: RunFolder, console: Console) -> None:
    for name, count in folder.vanished().items():
        what = f"{counted(count, 'file')} of {name} in {FRAMES} and {SHARDS}"
        console.warn(f"{what} vanished; the next run makes them again")


def named_by(people: Mapping[str, str], decisions: Iterable[Decision]) -> dict[str, str]:
    """The name of every face after some more decisions."""
    names = dict(people)
    for decision in decisions:
        names.update((face, decision.name_now) for face in decision.faces if face in names)
    return names


def _report_oddities(folder: RunFolder, console: Console, conflicts: Sequence[str], foreign: Sequence[str]) -> None:
    """Conflicts every time, since they wait for a person; files that are not the program's once."""
    for line in conflicts:
        console.warn(line)
    known = set(folder.state.foreign)
    new = [path for path in foreign if path not in known]
    for path in new:
        console.warn(f"{PEOPLE}/{path} is no picture of this run; it is left alone")
    if set(foreign) != known:
        folder.update(foreign=tuple(foreign))
