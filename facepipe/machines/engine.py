"""The engine of many processes: the client's side of Dask distributed."""

import queue
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import distributed
from distributed.protocol import pickle  # of functions of a program, such as driver.py, too
from distributed.scheduler import KilledWorker

from facepipe.callbacks import Progress
from facepipe.errors import ClusterError, FacepipeError, InputError
from facepipe.files.removal import sweep
from facepipe.job.encoding import Encoded
from facepipe.job.graphs import FramesGraph
from facepipe.job.plan import Plan, Task, divided
from facepipe.job.work import Work
from facepipe.machines import network
from facepipe.machines.assignment import Assignment
from facepipe.machines.schedule import Attempt, Schedule
from facepipe.machines.worker import Result, Unseen, abandon, do, is_there
from facepipe.records import FrameRef
from facepipe.words import counted

_GLANCE_S = 5.0  # how often it is looked whether workers have come
_LOST = "the scheduler is lost: start it and its workers, then run the same command again"


@dataclass(frozen=True, slots=True)
class Workers:
    """See `job.encoding.Engine`. connect: gives a client while its block runs. limits: `Assignment`'s, where they are
    not the usual ones."""

    title: str
    connect: Callable[[], AbstractContextManager[distributed.Client]]
    limits: Mapping[str, Any] = field(default_factory=dict)

    def encode(self, work: Work, frames_graph: FramesGraph, progress: Progress) -> Encoded:
        plan = divided(work.task, work.settings)
        if not plan:
            return Encoded()
        started = time.perf_counter()
        with self.connect() as client:
            assignment = Assignment.of(work, **self.limits)
            encoded = _Run(client, work, assignment, frames_graph, plan, progress).run()
        sweep(work.folder.path)  # what workers that died have left half written
        places = {source.name: place for place, source in enumerate(work.task.sources)}
        encoded.unread.sort(key=lambda failure: places[failure.item_id])
        if len(encoded.unread) == len(work.task.sources) and not work.task.others:
            raise InputError(encoded.unread[-1].error)
        encoded.seconds = time.perf_counter() - started
        return encoded


def workers_here(count: int) -> Workers:
    """Worker processes of this machine."""
    return Workers(counted(count, "worker process", "worker processes"), lambda: network.workers_here(count))


def workers_at(address: str, ca: Path | None = None, cert: Path | None = None, key: Path | None = None) -> Workers:
    """Whatever workers the scheduler at `address` has; files as in `network.Tls`. UsageError: that cannot be."""
    tls = network.Tls(ca, cert, key)
    network.check_address(address, tls)
    return Workers(f"workers of {address}", lambda: network.workers_of(address, tls))


class _Run:
    """One plan on its way through the workers."""

    def __init__(
        self,
        client: distributed.Client,
        work: Work,
        assignment: Assignment,
        frames_graph: FramesGraph,
        plan: Plan,
        progress: Progress,
    ) -> None:
        self.client, self.work, self.progress = client, work, progress
        # As bytes: a worker that lacks a module could not even read the message, and would be lost without a word.
        self.assignment, self.graph = assignment, pickle.dumps(frames_graph)
        self.schedule = Schedule.of(plan)
        self.waits = False  # for workers, of which there are none
        self.running: dict[distributed.Future, Attempt] = {}
        self.ended: queue.SimpleQueue[distributed.Future] = queue.SimpleQueue()

    def run(self) -> Encoded:
        self._check_workers()
        try:
            while self._begin():
                with suppress(queue.Empty):
                    future = self.ended.get(timeout=_GLANCE_S)
                    for line in self._take(future, self.running.pop(future)):
                        self.work.warn(line)
                    self.progress(*self.schedule.progress(self.running.values()))
        except BaseException:
            with suppress(OSError, distributed.TimeoutError):  # the scheduler itself is lost
                self.client.cancel(list(self.running), force=True)
                self.client.run(abandon, self.assignment.turn, wait=False)
            raise
        return self.schedule.encoded()

    def _check_workers(self) -> None:
        """Wait for the first worker. ClusterError: one of those that are there does not fit."""
        with _reached():
            self._workers()
            self.client.wait_for_workers(1)
            reasons = self.client.run(self.assignment.refusal)
        for why in filter(None, reasons.values()):
            raise ClusterError(why)

    def _workers(self) -> int:
        """How many workers there are; that there are none is said where others have to begin them."""
        workers, ours = len(self.client.nthreads()), self.client.cluster is not None
        if ours:
            network.keep_up(self.client)
        elif not workers and not self.waits:
            self.work.report(f"waiting for workers: facepipe worker {self.client.scheduler.address}")
        self.waits = not workers
        return workers

    def _begin(self) -> bool:
        """Give every worker something to do; whether anything is being done."""
        with _reached():
            workers = self._workers()
            while attempt := self.schedule.next(self.running.values(), workers):
                what = self.assignment, self.graph, attempt.task, attempt.gone
                future = self.client.submit(do, *what, pure=False)
                self.running[future] = attempt
                future.add_done_callback(self.ended.put)
        return bool(self.running)

    def _take(self, future: distributed.Future, attempt: Attempt) -> tuple[str, ...]:
        """Note what became of a task; what is to be said of it."""
        if future.status not in ("finished", "error"):
            raise ClusterError(_LOST)
        error = future.exception()
        if isinstance(error, KilledWorker):
            return self.schedule.kill(attempt, error.allowed_failures + 1, self._stored(attempt.task))
        if error is not None:
            raise error
        result: Result = future.result()
        if isinstance(result, FacepipeError):
            raise result
        if isinstance(result, Unseen):
            self._check_gone(result, attempt.task)
            self.schedule.again(attempt)
            return ()
        if isinstance(result, tuple):
            self.schedule.divide(result)
            return ()
        self.work.budget.total += result.encoded.faces
        return self.schedule.finish(attempt.task, result)

    def _check_gone(self, unseen: Unseen, task: Task) -> None:
        """ClusterError: what a worker does not see is here."""
        for source in task.sources:
            if (place := unseen.places.get(source.name)) and is_there(source.path):
                where = f" (it looks at {place})" if place != source.path else ""
                remedy = f"facepipe worker ADDRESS --map {source.path.parent}=DIR"
                raise ClusterError(f"{unseen.machine} does not see {source.path}{where}: share it, or {remedy}")

    def _stored(self, task: Task) -> int:
        """How many frames of a task are stored by now; of photos and whole videos, files."""
        folder, (first, *_) = self.work.folder, task.sources
        if task.part is not None:
            shards, at = folder.shards(), zip(task.part.indices, task.part.times_s, strict=True)
            return sum(shards.count_faces(FrameRef(first, index, time_s)) is not None for index, time_s in at)
        stored = folder.stage_files()
        return sum(stored[source.source_id] for source in task.sources)


@contextmanager
def _reached() -> Iterator[None]:
    """ClusterError: the scheduler does not answer any more."""
    try:
        yield
    except (OSError, distributed.TimeoutError) as error:
        raise ClusterError(_LOST) from error
