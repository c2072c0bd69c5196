"""The first graph at work: every frame of a task becomes a shard. What runs it is an engine."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from facepipe.callbacks import Progress
from facepipe.engine import run_graph
from facepipe.errors import LockLost, ModelError, StorageFull, UsageError
from facepipe.job.graphs import FramesGraph
from facepipe.job.work import Work
from facepipe.lazy import cv2
from facepipe.records import Failure
from facepipe.words import counted


@dataclass(slots=True)
class Encoded:
    """What became of the frames of a task, or of a whole run.

    frames: how many there were, those that were done before and those that failed too. faces: that they hold.
    unread: sources that cannot be read. failed: frames. stored: how many stage files there must be of each source, by
    its id. seconds: wall time. node_seconds: inside each node, over all workers. workers_waited, frames_waited: shares
    (0..1) of the time that workers waited for frames, and frames for workers.
    """

    frames: int = 0
    faces: int = 0
    unread: list[Failure] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    stored: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    node_seconds: Counter[str] = field(default_factory=Counter)
    workers_waited: float = 0.0
    frames_waited: float = 0.0

    @classmethod
    def together(cls, results: Iterable["Encoded"]) -> "Encoded":
        """What tasks came to that were done one beside the other; the caller knows the wall time."""
        total = cls()
        for one in results:
            total.frames += one.frames
            total.faces += one.faces
            total.unread += one.unread
            total.failed += one.failed
            total.stored += one.stored
            total.seconds += one.seconds
            total.node_seconds.update(one.node_seconds)
            total.workers_waited += one.workers_waited * one.seconds
            total.frames_waited += one.frames_waited * one.seconds
        total.failed.sort(key=lambda failure: failure.item_id)
        total.workers_waited /= max(total.seconds, 1e-9)
        total.frames_waited /= max(total.seconds, 1e-9)
        return total


class Engine(Protocol):
    """What does the tasks of a run, wherever that may be.

    title: how it is called in a run's first line, such as "2 threads".
    """

    title: str

    def encode(self, work: Work, frames_graph: FramesGraph, progress: Progress) -> Encoded:
        """Everything of `work.task` that is not done yet becomes shards and frames in its folder.

        `work.warn` is told of what was damaged, `progress` of frames. InputError: nothing of a run can be read; other
        FacepipeErrors stop it.
        """


class Threads:
    """The engine of one process: one stream of frames, worked on by some threads."""

    def __init__(self, count: int) -> None:
        self.title = counted(count, "thread")

    def encode(self, work: Work, frames_graph: FramesGraph, progress: Progress) -> Encoded:
        """See `Engine`. Also what each worker of another engine does with its task."""
        cv2.setNumThreads(1)  # the workers are the threads
        stream, budget = work.stream, work.budget
        outcome = run_graph(
            frames_graph(work),
            threads=work.threads,
            on_progress=lambda done, total: progress(done + stream.resumed, total),
            on_failure=lambda failure: budget.add(failure.item_id, 0),
            fatal=(StorageFull, LockLost, ModelError, UsageError),
        )
        return Encoded(
            frames=outcome.emitted + stream.resumed,
            faces=budget.total,
            unread=stream.failures,
            failed=outcome.failures,
            stored=work.tally.by_source(),
            seconds=outcome.seconds,
            node_seconds=Counter(outcome.node_seconds),
            workers_waited=outcome.workers_waited,
            frames_waited=outcome.root_waited,
        )
