"""Taking the last decision back."""

from pathlib import Path

from facepipe.console import Console
from facepipe.errors import UsageError
from facepipe.people.decisions import Decision, describe, in_force, last_to_undo, replay
from facepipe.people.log import append_log, read_log
from facepipe.people.written import names_written
from facepipe.results.update import update_results
from facepipe.review.sync import named_by, synced
from facepipe.runs.folder import RunFolder
from facepipe.runs.lock import locked


def undo(out: Path, console: Console) -> Decision:
    """Take back the last decision on a run that holds, after reading people/ back; the files follow. Says what it was.

    Errors: UsageError when there is nothing to take back; what was forgotten cannot be. StoreError.
    """
    with locked(out):
        return _undo(synced(out, console), console)


def _undo(folder: RunFolder, console: Console) -> Decision:
    decisions = read_log(folder)
    last = last_to_undo(in_force(decisions))
    if last is None:
        raise UsageError(f"{folder.path}: there is no decision that could be undone")
    names = names_written(folder) or {}
    after = replay([*decisions, Decision("undo", ())])
    faces = [face for face in last.faces if face in names]
    if last.kind == "rename":  # whoever has joined under the new name goes back with the others
        own = set(last.faces)
        faces += [
            face for face, name in names.items() if name == last.person and face not in after.person and face not in own
        ]
    back = after.names.get(last.was, last.was)
    (entry,) = append_log(folder, [Decision("undo", tuple(faces), back, last.name_now)], decisions)
    update_results(folder, names, named_by(names, [entry]))
    folder.update(applied=entry.number)
    console.say(f"undone: {describe(last)} ({last.when}{f', {last.by}' if last.by else ''})")
    return last
