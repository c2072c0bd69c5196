"""What a worker does with a task: what one process does with all of a run. Nothing here knows of Dask."""

import faulthandler
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial

from facepipe.errors import ClusterError, FacepipeError, InputError
from facepipe.files.ledger import Ledger
from facepipe.job.encoding import Encoded, Threads
from facepipe.job.plan import Plan, Task, parts_of_video
from facepipe.job.work import Work
from facepipe.machines.assignment import Assignment, here, located
from facepipe.people.forgotten import without
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import Layout
from facepipe.runs.state import RunState

PATIENCE_S = 1800.0  # a worker that has not finished a frame for so long hangs: it ends itself, and is replaced


@dataclass(frozen=True, slots=True)
class Done:
    """What a task came to."""

    encoded: Encoded
    warnings: tuple[str, ...] = ()


Result = Done | Plan | FacepipeError

_fit: set[bytes] = set()  # the turns of which this process knows that it can do what is asked


def do(assignment: Assignment, task: Task, patience_s: float = PATIENCE_S) -> Result:
    """What became of a task; or its parts, where it is a long video; or the error that ends the run.

    A process that hangs, or is short of memory, ends itself: the task is done again by another.
    """
    try:
        with _watched(patience_s):
            if assignment.turn not in _fit:
                if why := assignment.refusal():
                    return ClusterError(why)
                _fit.add(assignment.turn)
            mine = located(task)
            with suppress(InputError):  # said when it is read
                if parts := parts_of_video(mine, assignment.settings):
                    return tuple(replace(task, part=one.part) for one in parts)
            return _encoded(assignment, mine, patience_s)
    except MemoryError:
        os._exit(1)
    except FacepipeError as error:
        return error


def _encoded(assignment: Assignment, task: Task, patience_s: float) -> Done:
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
        models_dir=assignment.models_dir and here(assignment.models_dir),
        warn=warnings.append,
        assigned=task,
        decode_threads=1,
        redact=partial(without, forgotten=assignment.forgotten),
        admit=assignment.admit,
    )
    encoded = Threads(1).encode(work, assignment.frames_graph, lambda done, total: _still_alive(patience_s))
    return Done(encoded, tuple(warnings))


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
