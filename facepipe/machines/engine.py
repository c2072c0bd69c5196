"""The engine of many processes: the client's side of Dask distributed."""

import queue
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import distributed
from distributed.scheduler import KilledWorker

from facepipe.callbacks import Progress
from facepipe.errors import ClusterError, FacepipeError, InputError
from facepipe.files.removal import sweep
from facepipe.job.encoding import Encoded
from facepipe.job.graphs import FramesGraph
from facepipe.job.plan import Plan, divided
from facepipe.job.work import Work
from facepipe.machines import network
from facepipe.machines.assignment import Assignment
from facepipe.machines.schedule import Attempt, Schedule
from facepipe.machines.worker import Result, abandon, do
from facepipe.words import counted

_GLANCE_S = 5.0  # how often it is looked whether workers have come


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
            assignment = Assignment.of(work, frames_graph, **self.limits)
            encoded = _Run(client, work, assignment, plan, progress).run()
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
        self, client: distributed.Client, work: Work, assignment: Assignment, plan: Plan, progress: Progress
    ) -> None:
        self.client, self.work, self.assignment, self.progress = client, work, assignment, progress
        self.schedule = Schedule.of(plan)
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
        if not self.client.nthreads():
            self.work.report(f"waiting for workers: facepipe worker {self.client.scheduler.address}")
        self.client.wait_for_workers(1)
        for why in self.client.run(self.assignment.refusal).values():
            if why:
                raise ClusterError(why)

    def _begin(self) -> bool:
        """Give every worker something to do; whether anything is being done."""
        workers = len(self.client.nthreads())
        while attempt := self.schedule.next(self.running.values(), workers):
            future = self.client.submit(do, self.assignment, attempt.task, pure=False)
            self.running[future] = attempt
            future.add_done_callback(self.ended.put)
        return bool(self.running)

    def _take(self, future: distributed.Future, attempt: Attempt) -> tuple[str, ...]:
        """Note what became of a task; what is to be said of it."""
        if future.status not in ("finished", "error"):
            raise ClusterError("the scheduler is lost: start it, then run the same command again")
        error = future.exception()
        if isinstance(error, KilledWorker):
            return self.schedule.kill(attempt, error.allowed_failures + 1)
        if isinstance(error, ImportError):
            raise ClusterError(f"a worker lacks {error.name or error}, of which the graph is made: install it there")
        if error is not None:
            raise error
        result: Result = future.result()
        if isinstance(result, FacepipeError):
            raise result
        if isinstance(result, tuple):
            self.schedule.divide(result)
            return ()
        self.work.budget.total += result.encoded.faces
        return self.schedule.finish(attempt.task, result)
