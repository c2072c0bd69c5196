"""Which task comes next, and what to do with one that ended otherwise than it should. Nothing here knows of Dask."""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from facepipe.errors import ClusterError
from facepipe.job.encoding import Encoded
from facepipe.job.plan import Plan, Task
from facepipe.machines.worker import Done
from facepipe.records import Failure, Source

TRIES = 3  # workers that a task may cost


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """A task and how many workers it has cost so far. The last try is alone: then it is known who is to blame.

    stored: how many of its frames were stored when it cost a worker. gone: what a worker has not seen of it is not
    there any more.
    """

    task: Task
    tries: int = 0
    stored: int | None = None
    gone: bool = False

    @property
    def is_alone(self) -> bool:
        return self.tries >= TRIES - 1


@dataclass(slots=True)
class Schedule:
    """The state of a plan that is being done."""

    waiting: deque[Attempt]
    results: list[tuple[Task, Done]] = field(default_factory=list)
    undivided: set[str] = field(default_factory=set)  # ids of videos whose parts count for nothing any more

    @classmethod
    def of(cls, plan: Plan) -> "Schedule":
        return cls(deque(map(Attempt, plan)))

    def next(self, running: Collection[Attempt], workers: int) -> Attempt | None:
        """What to begin now; None: nothing, while so many workers have what is `running`."""
        if len(running) >= max(1, workers) or any(attempt.is_alone for attempt in running):
            return None
        for place, attempt in enumerate(self.waiting):
            if not attempt.is_alone:
                del self.waiting[place]
                return attempt
        return self.waiting.popleft() if self.waiting and not running else None

    def divide(self, plan: Plan) -> None:
        """A task came back as its parts: they are next."""
        self.waiting.extendleft(map(Attempt, reversed(plan)))

    def finish(self, task: Task, done: Done) -> tuple[str, ...]:
        """A task is done; returned is what is to be said of it.

        A part of a video in which anything is wrong says nothing: the video is looked at as a whole, since what is
        wrong with it can only be said then. What is done of it stays.
        """
        if task.part is None:
            self.results.append((task, done))
            return done.warnings
        (source,) = task.sources
        if source.source_id in self.undivided:
            return ()
        if done.warnings or done.encoded.unread:
            self._look_at_whole(source)
        else:
            self.results.append((task, done))
        return ()

    def again(self, attempt: Attempt) -> None:
        """A task came back since some of it is gone: what is left is next."""
        self.waiting.appendleft(replace(attempt, gone=True))

    def kill(self, attempt: Attempt, workers: int, stored: int = 0) -> tuple[str, ...]:
        """So many workers died of a task, or while they had it; returned is what is to be said of it.

        stored: how many of its frames are stored by now. Where these are more than the last time, it goes on as before:
        workers that come and go are no fault of a long video's. Photos that were together go on one by one. What has
        had its last try is a failure. ClusterError: nobody knows of which source, since frames are counted over all.
        """
        task, goes_on = attempt.task, attempt.stored is not None and stored > attempt.stored
        tries = attempt.tries + (0 if goes_on else workers)
        if len(task.sources) > 1 and not task.undivided:
            singles = (Task((source,), others=True) for source in task.sources)
            self.waiting.extend(Attempt(single, tries) for single in singles)
            return ()
        if goes_on or not attempt.is_alone:
            self.waiting.append(Attempt(task, tries, stored))
            return ()
        why = f"{tries} workers died while they read it"
        if len(task.sources) > 1:
            raise ClusterError(f"{why}, one of the inputs: run it without --max-frames and --max-faces to see which")
        (source,) = task.sources
        said = f"{source.path}: {why}"
        self.results.append((task, Done(Encoded(unread=[Failure(source.name, "frames", said)]))))
        return (said,)

    def progress(self, running: Collection[Attempt]) -> tuple[int, int | None]:
        """How many frames are done, of how many; None while videos are left of which nobody knows."""
        done = sum(result.encoded.frames for _, result in self.results)
        left = [_expected(attempt.task) for attempt in (*self.waiting, *running)]
        known = [count for count in left if count is not None]
        return done, done + sum(known) if len(known) == len(left) else None

    def encoded(self) -> Encoded:
        """What all came to; of a source that cannot be read once, in whatever part that was."""
        total = Encoded.together(done.encoded for _, done in self.results)
        total.unread = list({failure.item_id: failure for failure in total.unread}.values())
        return total

    def _look_at_whole(self, source: Source) -> None:
        self.undivided.add(source.source_id)
        self.waiting = deque(attempt for attempt in self.waiting if not _is_part_of(attempt.task, source))
        self.results = [(task, done) for task, done in self.results if not _is_part_of(task, source)]
        self.waiting.appendleft(Attempt(Task((source,), others=True, undivided=True)))


def _is_part_of(task: Task, source: Source) -> bool:
    return task.part is not None and task.sources[0].source_id == source.source_id


def _expected(task: Task) -> int | None:
    if task.part is not None:
        return len(task.part.indices)
    return None if any(source.is_video for source in task.sources) else len(task.sources)
