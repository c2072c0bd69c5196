"""decisions.jsonl: every correction that a person made, one JSON object a line.

The log only grows; undo adds a line too. The one exception: a forgotten person's names are taken out. The run's state
says how many lines were written and what they hash to, so that a log that was cut, edited or lost is noticed by
everybody who reads it. Lines beyond those are believed: a run may be killed between log and state.
"""

import hashlib
import json
import os
import secrets
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import NoReturn

from facepipe.callbacks import Warn, no_warning
from facepipe.errors import StoreError
from facepipe.files.atomic import append_bytes, write_bytes
from facepipe.people.decisions import Decision, names_had, redacted, replay, without_person
from facepipe.runs.folder import RunFolder
from facepipe.runs.state import LogMark
from facepipe.words import counted, quoted

XMP = "xmp"  # with which the ids of gestures begin that were read from photos: nobody has decided them in facepipe


def read_log(folder: RunFolder, warn: Warn = no_warning) -> list[Decision]:
    """The decisions of a run, in order; none where there never was a log.

    warn: is told of a last line that a stop has cut off before it counted; it is left out. StoreError: the log is not
    as facepipe left it, or a line is damaged; it says how to go on.
    """
    path, state = folder.layout.decisions, folder.state
    data = _content(path)
    lines = data.split(b"\n")
    torn = lines.pop()  # b"" behind a last line that is whole
    if torn and (_decision(torn, len(lines) + 1) or state.log.lines > len(lines)):  # only its line end is gone
        lines, torn = [*lines, torn], b""
    if not any(_mark(lines[: mark.lines]) == mark for mark in (state.log, state.log_next) if mark is not None):
        _differs(folder, len(lines))
    if len(lines) < state.applied:
        _differs(folder, len(lines), state.applied)
    if torn:
        warn(f"the last line of {path} is cut off and never counted: it is left out")
    decisions = []
    for number, line in enumerate(lines, 1):
        decision = _decision(line, number)
        if decision is None:
            raise StoreError(f"{path}, line {number} is not a decision: {_remedy(folder)}, which leaves it out")
        decisions.append(decision)
    return decisions


def append_log(folder: RunFolder, decisions: Iterable[Decision], before: Sequence[Decision]) -> list[Decision]:
    """Add decisions to the log, numbered, dated and signed; all or, when the disk is full (StorageFull), none.

    Those that share a gesture, whatever it is called, get an id for it that no other has. before: what `read_log` gave.
    """
    added = _signed(decisions, len(before))
    if added:
        _write(folder, [*before, *added])
    return added


def extend_log(folder: RunFolder, decisions: Iterable[Decision], before: Sequence[Decision]) -> list[Decision]:
    """As `append_log`, at the same cost however large log and run are: the lines are on the disk when this returns, and
    the run's state, which does not know of them yet, learns of them by `mend_log`.

    The log ends in a whole line, as `mend_log` leaves it.
    """
    added = _signed(decisions, len(before))
    if added:
        append_bytes(folder.layout.decisions, _text(_lines(added)))
    return added


def forget_in_log(
    folder: RunFolder, faces: Collection[str], name: str, before: Sequence[Decision], others: Collection[str]
) -> list[Decision]:
    """Add that a person's faces are forgotten, and take the names that the person had out of the whole log.

    others: the people who are left. Returns the log.
    """
    added = _signed([Decision("forget", tuple(sorted(faces)))], len(before))
    names = names_had(before, name, others)
    log = without_person([*before, *added], names)
    for path in sorted(folder.path.glob(f"{folder.layout.decisions.stem}-*.jsonl")):  # kept from other settings
        _without_names(path, names)
    _replace(folder, log)
    return log


def accept_log(folder: RunFolder, erased: Callable[[], Collection[str]]) -> list[str]:
    """Take the log as it is now, whatever became of it: what is no decision is left out, the others are numbered anew.

    erased: gives the faces whose places in the run are empty; they stay forgotten even where the log does not say so
    any more.
    Returns what that means, a line each; nothing where the log is as facepipe left it.
    """
    state = folder.state
    try:
        read_log(folder)
        return []
    except StoreError:
        lines = [line for line in _content(folder.layout.decisions).split(b"\n") if line.strip()]
    found = [decision for decision in map(_decision, lines) if decision is not None]
    held = max(state.log.lines, state.applied)
    applied = next((place for place, entry in enumerate(found) if entry.number > state.applied), len(found))
    log = [replace(decision, number=number) for number, decision in enumerate(found, 1)]
    missed = set(erased()) - replay(log).forgotten
    if missed:
        log += _signed([Decision("forget", tuple(sorted(missed)))], len(log))
    _replace(folder, log, applied)
    said = [
        f"the log held {counted(held, 'correction')} and holds {len(found)} now: what is gone does not bind a later "
        "clustering any more; names stay as they are in people/"
    ]
    if len(found) < len(lines):
        said.append(f"{counted(len(lines) - len(found), 'line')} could not be read and went")
    if missed:
        said.append(f"{counted(len(missed), 'face')} whose places in the run are empty stay forgotten")
    return said


def mend_log(folder: RunFolder, decisions: Sequence[Decision]) -> None:
    """Bring log and state in line with `decisions`, what `read_log` gave: a last line was cut off, a stop came between
    the two, or `extend_log` has left the state behind."""
    lines, state = _lines(decisions), folder.state
    if _content(folder.layout.decisions) != _text(lines) or state.log_next is not None or state.log != _mark(lines):
        _write(folder, decisions)


def _without_names(path: Path, names: Collection[str]) -> None:
    """Take names out of a log that is history; a line that is no decision stays as it is."""
    lines = _content(path).split(b"\n")
    found = [_decision(line) for line in lines]
    new = [
        line if decision is None or redacted(decision, names) == decision else _line(redacted(decision, names))
        for line, decision in zip(lines, found, strict=True)
    ]
    if new != lines:
        write_bytes(path, b"\n".join(new), durable=True)


def _line(decision: Decision) -> bytes:
    """As it always was written: what only some decisions have is left out where there is none."""
    values = asdict(decision)
    for name in ("others", "gesture"):
        if not values[name]:
            del values[name]
    return json.dumps(values, ensure_ascii=False).encode()


def _lines(log: Sequence[Decision]) -> list[bytes]:
    return [_line(decision) for decision in log]


def _signed(decisions: Iterable[Decision], count: int) -> list[Decision]:
    when, by = datetime.now(timezone.utc).isoformat(timespec="seconds"), _login()
    ids = defaultdict(lambda: secrets.token_hex(6), {"": "", XMP: f"{XMP}-{secrets.token_hex(6)}"})
    return [
        replace(decision, number=n, when=when, by=by, gesture=ids[decision.gesture])
        for n, decision in enumerate(decisions, count + 1)
    ]


def _write(folder: RunFolder, log: Sequence[Decision]) -> None:
    """Write a log that goes on from the one that is there."""
    lines = _lines(log)
    write_bytes(folder.layout.decisions, _text(lines), durable=True)
    folder.update(log=_mark(lines), log_next=None)


def _replace(folder: RunFolder, log: Sequence[Decision], applied: int | None = None) -> None:
    """Write a log that differs from the one that is there: the state expects it first, so that a stop is no damage."""
    lines = _lines(log)
    mark = _mark(lines)
    folder.update(log_next=mark)
    write_bytes(folder.layout.decisions, _text(lines), durable=True)
    folder.update(log=mark, log_next=None, **({} if applied is None else {"applied": applied}))


def _text(lines: Sequence[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def _mark(lines: Sequence[bytes]) -> LogMark:
    return LogMark(len(lines), hashlib.sha256(_text(lines)).hexdigest())


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror or error}") from error


def _decision(line: bytes, number: int | None = None) -> Decision | None:
    """The decision in a line; None if there is none, or not the one of that number."""
    try:
        values = json.loads(line)
        faces, others = tuple(values["faces"]), tuple(values.get("others", ()))
        decision = Decision(**{**values, "faces": faces, "others": others})
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return decision if number in (None, decision.number) else None


def _differs(folder: RunFolder, found: int, expected: int | None = None) -> NoReturn:
    """StoreError: the log is not the one that the state speaks of."""
    path, held = folder.layout.decisions, expected or folder.state.log.lines
    if not path.exists():
        raise StoreError(f"{path} is gone, with {counted(held, 'correction')}: {_remedy(folder)}")
    if found < held:
        raise StoreError(f"{path} holds {found} of {counted(held, 'correction')}: {_remedy(folder)}")
    raise StoreError(f"{path} was changed by something else than facepipe: {_remedy(folder)}")


def _remedy(folder: RunFolder) -> str:
    return f"put the file back as it was, or go on without with: facepipe sync {quoted(folder.path)} --accept-log"


def _login() -> str:
    """The user's name as the environment has it: to ask the system for it may mean to ask a server."""
    name = next((name for name in map(os.environ.get, ("LOGNAME", "USER", "LNAME", "USERNAME")) if name), "")
    return name.encode(errors="replace").decode()
