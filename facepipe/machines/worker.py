"""What a worker does with a task: what one process does with all of a run. Nothing here knows of Dask."""

import faulthandler
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial

from facepipe.errors import ClusterError, FacepipeError, InputError, LockLost
from facepipe.files.ledger import Ledger
from facepipe.job.encoding import Encoded, Threads
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


Result = Done | Plan | FacepipeError

# Turns of clients: those for which this process can do what is asked, and those that have ended early.
_fit: set[bytes] = set()
_abandoned: set[bytes] = set()


async def abandon(turn: bytes) -> None:
    """Nobody waits any more for what this process does for a client."""
    _abandoned.add(turn)


def do(assignment: Assignment, task: Task) -> Result:
    """What became of a task; or its parts, where it is a long video; or the error that ends the run.

    A process that hangs, or is short of memory, ends itself: the task is done again by another.
    """
    try:
        with _watched(assignment.patience_s):
            if assignment.turn not in _fit:
                if why := assignment.refusal():
                    return ClusterError(why)
                _fit.add(assignment.turn)
            mine = located(task)
            with suppress(InputError):  # said when it is read
                if parts := parts_of_video(mine, assignment.settings, assignment.samples):
                    return tuple(replace(task, part=one.part) for one in parts)
            return _encoded(assignment, mine)
    except MemoryError:
        os._exit(1)
    except FacepipeError as error:
        return error


def _encoded(assignment: Assignment, task: Task) -> Done:
    for source in task.sources:
        if not source.path.parent.is_dir():
            remedy = f"facepipe worker ADDRESS --map {source.path.parent}=DIR"
            raise ClusterError(f"{platform.node()} does not see {source.path}: share it, or {remedy}")
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

    return Done(Threads(1).encode(work, assignment.frames_graph, progress), tuple(warnings))


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
    faulthandler.dump_traceback_later(patience_s, exit=True)
