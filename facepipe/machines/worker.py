"""What a worker does with a task: what one process does with all of a run. Nothing here knows of Dask."""

import faulthandler
import os
import pickle
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache, partial, reduce
from pathlib import Path
from typing import TextIO

from facepipe.errors import ClusterError, FacepipeError, InputError, LockLost
from facepipe.files.ledger import Ledger
from facepipe.job.encoding import Encoded, Threads
from facepipe.job.graphs import FramesGraph
from facepipe.job.plan import Plan, Task, parts_of_video
from facepipe.job.work import Work
from facepipe.machines.assignment import Assignment, here, located
from facepipe.people.forgotten import without
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import Layout
from facepipe.runs.state import RunState


@dataclass(frozen=True, slots=True)
class Done:
    """What a task came to."""

    encoded: Encoded
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unseen:
    """Sources that `machine` does not see: they are gone, or lie elsewhere there. places: name -> where it looked."""

    machine: str
    places: dict[str, Path]


Result = Done | Plan | Unseen | FacepipeError

# Turns of clients: those for which this process can do what is asked, and those that have ended early.
_fit: set[bytes] = set()
_abandoned: set[bytes] = set()


async def abandon(turn: bytes) -> None:
    """Nobody waits any more for what this process does for a client."""
    _abandoned.add(turn)


def do(assignment: Assignment, graph: bytes, task: Task, gone: bool = False) -> Result:
    """What became of a task; or its parts, where it is a long video; or the error that ends the run.

    graph: how frames are looked at, pickled. gone: what a worker has not seen of the task the client does not see any
    more either: it is read all the same, to be said. A process that hangs, or is short of memory, ends itself: the task
    is done again by another.
    """
    try:
        with _watched(assignment.patience_s):
            if assignment.turn not in _fit:
                if why := assignment.refusal():
                    return ClusterError(why)
                _fit.add(assignment.turn)
            mine = located(task)
            if unseen := {one.name: one.path for one in mine.sources if not (gone or is_there(one.path))}:
                return Unseen(platform.node(), unseen)
            with suppress(InputError):  # said when it is read
                if parts := parts_of_video(mine, assignment.settings, assignment.samples):
                    return tuple(replace(task, part=one.part) for one in parts)
            return _in_the_clients_words(_encoded(assignment, _graph_of(graph), mine), task, mine)
    except MemoryError:
        os._exit(1)
    except FacepipeError as error:
        return error


def _graph_of(pickled: bytes) -> FramesGraph:
    """The client's graph; whoever may send one may have anything done here. ClusterError: modules are missing."""
    try:
        return pickle.loads(pickled)
    except ImportError as error:
        lacking = error.name or error
        why = f"{platform.node()} lacks {lacking}, of which the graph is made: install it there"
        raise ClusterError(why) from error


def is_there(path: Path) -> bool:
    try:
        path.stat()
    except OSError:  # Path.exists raises some
        return False
    return True


def _in_the_clients_words(done: Done, task: Task, mine: Task) -> Done:
    """With the paths in messages that sources have for the client."""
    paths = {str(one.path): str(other.path) for one, other in zip(mine.sources, task.sources, strict=True)}
    elsewhere = {place: path for place, path in paths.items() if place != path}
    if not elsewhere:
        return done

    def told(line: str) -> str:
        return reduce(lambda said, place: said.replace(place, elsewhere[place]), elsewhere, line)

    for failures in (done.encoded.unread, done.encoded.failed):
        failures[:] = [replace(failure, error=told(failure.error)) for failure in failures]
    return Done(done.encoded, tuple(map(told, done.warnings)))


def _encoded(assignment: Assignment, frames_graph: FramesGraph, task: Task) -> Done:
    warnings: list[str] = []
    folder = here(assignment.folder)
    state = RunState(settings=assignment.settings, shard_digest=assignment.shard_digest)
    work = Work(
        RunFolder(folder, state, Ledger(Layout(folder).files)),
        assignment.settings,
        threads=1,
        shards=assignment.shards,
        models_dir=assignment.models_dir and here(assignment.models_dir),
        warn=warnings.append,
        assigned=task,
        decode_threads=1,
        redact=partial(without, forgotten=assignment.forgotten),
        admit=partial(_admit, assignment),
    )

    def progress(done: int, total: int | None) -> None:
        _still_alive(assignment.patience_s)

    return Done(Threads(1).encode(work, frames_graph, progress), tuple(warnings))


def _admit(assignment: Assignment) -> None:
    if assignment.turn in _abandoned:
        raise LockLost(f"{assignment.folder} is not worked on any more")
    assignment.admit()


@contextmanager
def _watched(patience_s: float) -> Iterator[None]:
    _still_alive(patience_s)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def _still_alive(patience_s: float) -> None:
    """End this process, after writing where it stood, unless this is called again within so many seconds."""
    faulthandler.dump_traceback_later(patience_s, exit=True, file=sys.stderr or _nowhere())


@cache
def _nowhere() -> TextIO:
    """For a process whose standard error was closed."""
    return Path(os.devnull).open("w")
