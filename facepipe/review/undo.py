"""Taking the last gestures back."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from facepipe.console import Console
from facepipe.errors import UsageError
from facepipe.people.decisions import REDACTED, Decision, describe, named_by, replay
from facepipe.people.gestures import last_gesture
from facepipe.people.log import append_log, read_log
from facepipe.people.written import names_written
from facepipe.results.update import check_outputs, update_results
from facepipe.review.sync import sync
from facepipe.runs.lock import locked
from facepipe.runs.opening import load_run
from facepipe.words import counted


def undo(out: Path, console: Console, times: int = 1) -> list[Decision]:
    """Take back the last gestures on a run that hold, after reading people/ back; the files follow. Says what they
    were, and returns their decisions, the last one first.

    Errors: UsageError when there are not so many to take back; what was forgotten cannot be. StoreError.
    """
    with locked(out):
        folder = load_run(out)
        found = sync(folder, console).found
        decisions = read_log(folder)
        names, log = names_written(folder) or {}, decisions
        undone: list[Decision] = []
        for number in range(times):
            gesture, entries = undoing(log, names)
            if not gesture:
                only = f"only {counted(number, 'decision')}" if number else "there is no decision that"
                raise UsageError(f"{folder.path}: {only} could be undone")
            names, log = named_by(names, entries), [*log, *entries]
            undone += gesture
        check_outputs(folder)
        added = append_log(folder, log[len(decisions) :], decisions)
        update_results(folder, names, found=found)
        folder.update(applied=added[-1].number)
    for last in undone:
        console.say(f"undone: {describe(last)} ({last.when}{f', {last.by}' if last.by else ''})")
    return undone


def undoing(decisions: Sequence[Decision], names: Mapping[str, str]) -> tuple[list[Decision], list[Decision]]:
    """The last gesture that holds, its last decision first, and the decisions that take it back; none where there is
    nothing to take back. names: of all faces, after `decisions`."""
    gesture, log = last_gesture(decisions), list(decisions)
    for last in gesture:
        entry = _undoing(last, log, names)
        names, log = named_by(names, [entry]), [*log, entry]
    if gesture and all(map(_says_nothing, gesture)):
        gesture, more = undoing(log, names)
        log += more
    return gesture, log[len(decisions) :] if gesture else []


def _says_nothing(decision: Decision) -> bool:
    """Whether it only gave another name to somebody who was forgotten since, and who had a face then that is another's
    now."""
    return decision.kind in ("rename", "same") and decision.person == decision.was == REDACTED


def _undoing(last: Decision, decisions: Sequence[Decision], names: Mapping[str, str]) -> Decision:
    """The decision that takes back `last`, of those that hold."""
    if last.leaves_names:
        return Decision("undo", ())
    faces = [face for face in last.faces if face in names]
    after = replay([*decisions, Decision("undo", ())])
    back = after.names.get(last.was, last.was)
    back = "" if back == REDACTED else back
    if last.kind == "rename":  # whoever has joined under the new name goes back with the others
        own = set(last.faces)
        faces += [
            face
            for face, name in names.items()
            if name == last.person and after.person.get(face, back) == back and face not in own
        ]
    return Decision("undo", tuple(faces), back, last.name_now)
