"""Reading people/ back: every command on a run begins with this, so that what a person changed is never lost.

In this order, so that a stop at any moment is mended by the next command: the decisions are logged; new files are
listed, linked or written; faces.csv is replaced; files that are not wanted any more go; run.json says which decision
was the last to be applied.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from facepipe.console import Console
from facepipe.files.glances import Glances
from facepipe.files.paths import Paths, folder_and_name
from facepipe.files.removal import sweep
from facepipe.people.compare import compare
from facepipe.people.decisions import Decision, describe, named_by, replay
from facepipe.people.log import append_log, forget_in_log, mend_log, read_log
from facepipe.people.scan import FaceFile, Scan, scan
from facepipe.people.written import names_written
from facepipe.results.mend import mend_tables
from facepipe.results.summary import write_run_report
from facepipe.results.update import check_outputs, update_results
from facepipe.review.erase import erase
from facepipe.review.left import left_of
from facepipe.review.traces import Traces, traces_of
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import FRAMES, PEOPLE, SHARDS, TABLE_NPZ, crop_paths
from facepipe.runs.lock import locked
from facepipe.runs.opening import load_run
from facepipe.runs.seen import glances_of, has_stage_files, keep_glances
from facepipe.runs.state import Status
from facepipe.words import counted

_MOST_LEFT = 20  # places where something of a forgotten person is left that are listed


def synced(out: Path, console: Console) -> RunFolder:
    """Open the run in `out` and read its people/ back. StoreError: also where another facepipe is at work."""
    with locked(out):
        folder = load_run(out)
        sync(folder, console)
        return folder


@dataclass(frozen=True, slots=True)
class Outcome:
    """wrote: whether anything was written. left: what is left of a person who is being forgotten, a line each. found:
    what lies in people/, where nothing was written since that was looked through."""

    wrote: bool = False
    left: tuple[str, ...] = ()
    found: Scan | None = None


def sync(
    folder: RunFolder,
    console: Console,
    *,
    everything: bool = False,
    assembling: bool = False,
    found: Scan | None = None,
) -> Outcome:
    """Log what a person changed in people/, bring all files in line with it and say so, a line each.

    The caller holds the folder's lock, and has read `folder` since. everything: plots that take long too, however
    many faces there are. assembling: the caller makes people and tables anew afterwards. found: what lies in people/,
    where that has just been looked through. Errors: StoreError (a damaged log), StorageFull, Incomplete: files have
    vanished that only a run on the inputs can make again; what was changed in people/ is logged.
    """
    due = read_back(folder, console, found)
    return Outcome() if due is None else bring_up_to_date(folder, due, console, everything, assembling)


def read_back(folder: RunFolder, console: Console, found: Scan | None = None) -> "Due | None":
    """The first half of `sync`, which the log goes through: what a person changed in people/ is logged.

    Returns what the files do not show yet; None: the run is not finished. found: see `sync`.
    """
    state, warn = folder.state, partial(console.warn, keep=None)
    decided = read_log(folder, warn)
    written_whole = state.assembled is not None and state.status is Status.FINISHED
    sweep(folder.path, deep=not written_whole)
    glances = glances_of(folder) if found is None else None
    if found is None:
        _report_lost(folder, console, glances)
    people = names_written(folder)
    if people is None or not ((folder.path / TABLE_NPZ).exists() or folder.changed_tables([TABLE_NPZ])):
        return None  # there was none yet; of a run that is started over faces.csv is kept while there are decisions
    mend_log(folder, decided)
    decided = _with_forgetting(folder, decided, people)
    owned = folder.files.below(PEOPLE)
    if found is None:
        in_place = owned if state.assembled is not None else None
        found = scan(folder.layout.people, people, replay(decided).forgotten, in_place, glances)
    if glances is not None:
        keep_glances(folder, glances)
    traces = traces_of(folder, state.forgetting, found)
    if traces is not None:
        state.warnings = tuple(line for line in state.warnings if not traces.mentioned_in(line))
    return _due(folder, console, decided, owned, found, traces)


def bring_up_to_date(
    folder: RunFolder, due: "Due", console: Console, everything: bool = False, assembling: bool = False
) -> Outcome:
    """The second half of `sync`, which takes as long as there is to write; the log is only read."""
    state = folder.state
    mended = mend_tables(folder, partial(console.warn, keep=None))
    whole = state.assembled is not None
    stopped = not whole and state.covers is not None and not assembling
    wrote = due.anything or everything or stopped
    found = erase(folder, due.forgotten, due.found) if due.forgotten else due.found
    if wrote:
        known = set(state.notes)
        update_results(folder, due.names, draw=everything, whole=whole, found=found)
        folder.update(applied=due.last)
        for note in (note for note in state.notes if note not in known):
            console.say(f"note: {note}")
    if due.traces is None:
        return Outcome(wrote or mended, found=None if wrote else found)
    if not wrote:
        write_run_report(folder)
    return Outcome(True, _end_forgetting(folder, due.traces, found, console))


@dataclass(frozen=True, slots=True)
class Due:
    """What the files do not show yet.

    anything: whether there is something. names: the name of every face that stays. forgotten: faces to erase. lacking:
    whether all pictures of people are gone. last: the number of the last decision. found: what lies in people/. traces:
    of who is being forgotten.
    """

    anything: bool
    names: Mapping[str, str]
    forgotten: set[str]
    lacking: bool
    last: int
    found: Scan
    traces: Traces | None

    def can_wait(self, folder: RunFolder) -> bool:
        """Whether nothing is damaged, half written or to be forgotten: then the files may follow later."""
        whole = folder.state.assembled is not None and not folder.changed_tables()
        return whole and not (self.lacking or self.forgotten) and self.traces is None


def _due(
    folder: RunFolder,
    console: Console,
    decided: list[Decision],
    owned: Paths,
    found: Scan,
    traces: Traces | None,
) -> Due:
    """Compare people/, as it was found, with the table and the log; what a person changed is logged and said."""
    state, people, staying = folder.state, found.people, found
    gone = replay(decided).forgotten
    pending = [decision for decision in decided if decision.number > state.applied]
    forgotten = gone & people.keys()  # whom the files still have
    shown = {face: name for face, name in people.items() if face not in gone} if forgotten else people
    names = named_by(shown, pending) if pending else shown
    if gone:
        files = tuple(file for file in found.files if file.face_id in names)
        staying = replace(found, people=shown, files=files)
    seen = compare(shown, owned, staying, complete=state.assembled is not None)
    _report_oddities(folder, console, seen.conflicts, [path for path in found.foreign if path not in owned])
    touched = {face for decision in pending if _moves(decision) for face in decision.faces}
    called = _called(shown, names) if touched else {}
    said = _not_overruled(seen.decisions, touched, called, names) if touched else seen.decisions
    if said:
        check_outputs(folder)
    added = append_log(folder, said, decided)
    for decision in added:
        console.say(describe(decision))
    overruled = _elsewhere(staying, touched, names, owned)
    otherwise = Counter(folder_and_name(file.path)[0] for file in overruled if file.name != names[file.face_id])
    for there, count in otherwise.items():
        what = f"{counted(count, 'picture')} in {PEOPLE}/{there}".rstrip("/")
        console.warn(f"{what}: something else was decided on these faces meanwhile, which holds", keep=None)
    named = named_by(names, added) if added else names
    behind = [file for file in staying.files if file.path not in owned and file.name in called]
    behind = [file for file in behind if called[file.name] == named[file.face_id] != file.name]
    strays = [*seen.strays, *(file.path for file in (*overruled, *behind))]
    folder.claim(f"{PEOPLE}/{path}" for path in strays)
    # Whatever was applied: a face that the table still has is not forgotten.
    forgotten |= {f for entry in pending if entry.kind == "forget" for f in entry.faces}
    lacking = bool(owned and names) and staying.is_empty
    anything = bool(pending or added or strays or lacking or forgotten)
    last = len(decided) + len(added)
    return Due(anything, named, forgotten, lacking, last, found, traces)


def _moves(decision: Decision) -> bool:
    """Whether files may lie elsewhere because of it. A face that was confirmed, or told apart, lies where it lay; what
    is nobody's may have been deleted."""
    return decision.kind == "nobody" or (not decision.leaves_names and decision.name_now != decision.was)


def _called(shown: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    """Whom a folder stands for: the name that all of its faces have now. shown, names: as people/ was written, and with
    all that was decided since."""
    now: dict[str, set[str]] = defaultdict(set)
    for face, name in shown.items():
        now[name].add(names[face])
    return {name: next(iter(new)) for name, new in now.items() if name and len(new) == 1 and "" not in new}


def _not_overruled(
    decisions: Iterable[Decision], touched: set[str], called: Mapping[str, str], names: Mapping[str, str]
) -> list[Decision]:
    """What people/ says of faces on which nothing was decided that it does not show yet; `touched` are the others.

    called: see `_called`. names: with all that was decided. Who was given to a person whose folder has another name, or
    is another's now, goes along.
    """
    names, touched, kept = dict(names), set(touched), []
    for decision in decisions:
        faces = [face for face in decision.faces if face not in touched]
        person = called.get(decision.person, decision.person)
        if person == decision.was:  # they are one already; what is said is how that one is called
            person = decision.person
        others = tuple(face for face in decision.others if names[face] == person)
        kind = "rename" if decision.kind == "same" and not others else decision.kind  # nobody has that name any more
        if faces and kind in ("rename", "same"):
            faces += [face for face, name in names.items() if name == decision.was and face in touched]
        if faces:
            kept.append(replace(decision, kind=kind, faces=tuple(faces), person=person, others=others))
            names.update(dict.fromkeys(faces, kept[-1].name_now))
            touched.update(faces)
    return kept


def _elsewhere(found: Scan, touched: set[str], names: Mapping[str, str], owned: Collection[str]) -> list[FaceFile]:
    """The pictures of touched faces that somebody has moved to where they do not belong after what was decided."""
    return [
        file
        for file in found.files
        if file.face_id in touched
        and file.path not in owned
        and file.path != crop_paths(file.face_id, names[file.face_id])[file.cut]
    ]


def _with_forgetting(folder: RunFolder, decided: list[Decision], people: Mapping[str, str]) -> list[Decision]:
    """The log, which also says that the person is forgotten whose forgetting has begun."""
    going = folder.state.forgetting
    if going is None or replay(decided).forgotten.issuperset(going.faces):
        return decided
    faces = set(going.faces)
    others = {name for face, name in people.items() if face not in faces} - {going.name}
    return forget_in_log(folder, going.faces, going.name, decided, others)


def _end_forgetting(folder: RunFolder, traces: Traces, found: Scan, console: Console) -> tuple[str, ...]:
    """Look on the disk what is left of a person; only where nothing is, the forgetting is at its end.

    found: what lay in people/ when the person was erased there.
    """
    folder.files.compact()  # it remembers the names of files that are gone
    others = found.without({file.path for file in found.pictures_of(traces.faces)})
    left = tuple(left_of(folder, traces, others.as_left.folders.keys()))
    for line in left[:_MOST_LEFT]:
        console.warn(f"something of {traces.name}, who is being forgotten, is left: {line}", keep=None)
    if not left:
        folder.update(forgetting=None)
    return left


def _report_lost(folder: RunFolder, console: Console, glances: Glances | None) -> None:
    lost = {} if glances is not None and has_stage_files(folder, glances) else folder.vanished()
    for name, count in lost.items():
        what = f"{counted(count, 'file')} of {name} in {FRAMES} and {SHARDS}"
        console.warn(f"{what} vanished; the next run makes them again")


def _report_oddities(folder: RunFolder, console: Console, conflicts: Mapping[str, str], foreign: Sequence[str]) -> None:
    """Conflicts every time, since they wait for a person; files that are not the program's once."""
    for what, where in conflicts.items():
        console.warn(f"{what}; {where}", keep=what)
    known = set(folder.state.foreign)
    new = [path for path in foreign if path not in known]
    for path in new:
        console.warn(f"{PEOPLE}/{path} is no picture of this run; it is left alone", keep=None)
    if set(foreign) != known:
        folder.update(foreign=tuple(foreign))
