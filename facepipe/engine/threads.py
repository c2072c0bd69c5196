"""The thread engine: one producer, one bounded channel, N workers, and a caller who is never left waiting.

The root node runs in a thread of its own and fills a channel of 2 x N items. Each worker has its own copies of
the other nodes and takes an item through the whole chain. The caller's thread only listens: it reports progress,
gathers failures, and on Ctrl-C or a fatal error stops everything within a second.

A node may define two hooks: `open_worker()`, called on each worker's copy in the worker's thread before the
first item (make what is not thread-safe there), and `close_worker()`, called after the last.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from pyPiper import Node, NodeGraph

from facepipe.callbacks import Progress, no_progress
from facepipe.engine.channel import END, Channel
from facepipe.engine.graph import Flow
from facepipe.engine.pypiper import is_running
from facepipe.errors import InternalError, UsageError, in_words
from facepipe.records import Failure

GRACE_S = 0.8  # how long a stop waits for threads that are inside a long native call


@dataclass(slots=True)
class Outcome:
    """What a run of a graph came to.

    emitted: items that the root sent. done: those that went through the whole chain. failures: the others.
    seconds: wall time. node_seconds: spent inside each node, added up over the
    workers. workers_waited, root_waited: shares (0..1) of their time spent waiting for each other.
    """

    emitted: int = 0
    done: int = 0
    failures: list[Failure] = field(default_factory=list)
    seconds: float = 0.0
    node_seconds: dict[str, float] = field(default_factory=dict)
    workers_waited: float = 0.0
    root_waited: float = 0.0


def run_graph(
    graph: NodeGraph | Node,
    *,
    threads: int = 1,
    on_progress: Progress = no_progress,
    on_failure: Callable[[Failure], None] = lambda failure: None,
    fatal: tuple[type[BaseException], ...] = (),
    identify: Callable[[Any], str] = lambda data: str(getattr(data, "frame_id", data)),
) -> Outcome:
    """Run every item of the root through `graph` on `threads` workers, then the whole-set nodes on all results.

    An item whose chain raises is recorded as a Failure (named by `identify(item)`) and the run goes on, unless
    the error is one of `fatal`. A fatal error, an error of the root, of `open_worker` or of a whole-set node
    stops the run and is raised here; so is KeyboardInterrupt. `on_progress(done, total)` is called in the
    caller's thread, and so is `on_failure`; done counts finished and failed items, total is the root's `size` (None
    while unknown).
    Whole-set nodes get a list in the order in which the root emitted, whatever the number of threads.
    """
    if threads < 1:
        raise UsageError(f"--threads {threads}: must be at least 1")
    return _Run(Flow(graph), threads, on_progress, on_failure, fatal, identify).run()


class _Run:
    """One run: what the producer, the workers and the caller's thread share."""

    def __init__(self, flow: Flow, threads: int, on_progress, on_failure, fatal, identify) -> None:
        self.flow, self.threads, self.on_progress, self.on_failure = flow, threads, on_progress, on_failure
        self.fatal, self.identify = (*fatal, MemoryError), identify
        self.channel = Channel(2 * threads)
        self.events: queue.SimpleQueue = queue.SimpleQueue()
        self.outcome = Outcome()
        self.collected: dict[int, list[tuple[Node, Any]]] = {}  # by the item's number

    def run(self) -> Outcome:
        started = time.perf_counter()
        jobs = [(self._produce, self.flow), *((self._work, self.flow.worker_copy()) for _ in range(self.threads))]
        crew = [threading.Thread(target=self._guard, args=job, name="facepipe", daemon=True) for job in jobs]
        for thread in crew:
            thread.start()
        try:
            self._listen(len(crew))
        finally:
            self.channel.abort()
            deadline = time.monotonic() + GRACE_S
            for thread in crew:
                thread.join(max(0.0, deadline - time.monotonic()))
        self._account(time.perf_counter() - started)
        self._run_whole_set()
        self.outcome.seconds = time.perf_counter() - started
        return self.outcome

    def _listen(self, running: int) -> None:
        """Handle what the threads report until all have ended."""
        while running:
            try:
                kind, value = self.events.get(timeout=0.2)  # with a timeout Ctrl-C gets through on every system
            except queue.Empty:
                continue
            if kind == "ended":
                running -= 1
                self._add_seconds(value)
                continue
            if kind == "raised":
                raise value
            if kind == "failed":
                self.outcome.failures.append(value)
                self.on_failure(value)
            else:
                number, self.collected[number] = value
                self.outcome.done += 1
            self.on_progress(self.outcome.done + len(self.outcome.failures), self.flow.root.size)

    def _add_seconds(self, by_node: dict[str, float]) -> None:
        for name, seconds in by_node.items():
            self.outcome.node_seconds[name] = self.outcome.node_seconds.get(name, 0.0) + seconds

    def _guard(self, job: Callable[[Flow], None], flow: Flow) -> None:
        """Run a thread's job; whatever happens in it reaches the caller."""
        try:
            job(flow)
        except BaseException as error:
            self.channel.abort()
            self.events.put(("raised", error))
        finally:
            self.events.put(("ended", flow.seconds))

    def _produce(self, flow: Flow) -> None:
        root = flow.root
        with _opened([root]):
            while is_running(root):
                for parcel in flow.run_node(root, None):
                    if not self.channel.put((self.outcome.emitted, parcel)):
                        return
                    self.outcome.emitted += 1
        self.channel.finish()

    def _work(self, flow: Flow) -> None:
        with _opened(flow.item_nodes()):
            while (item := self.channel.get()) is not END:
                self.events.put(self._process(flow, *item))
                del item  # or a frame's pixels would stay alive while this worker waits for the next

    def _process(self, flow: Flow, number: int, parcel: Any) -> tuple[str, Any]:
        results: list[tuple[Node, Any]] = []
        try:
            flow.send(flow.root, [parcel], lambda node, data: results.append((node, data)))
        except self.fatal:
            raise
        except Exception as error:
            stage = getattr(error, "failed_node", flow.root.name)
            return "failed", Failure(self.identify(parcel.data), stage, in_words(error))
        return "finished", (number, results)

    def _account(self, seconds: float) -> None:
        outcome = self.outcome
        missing = outcome.emitted - outcome.done - len(outcome.failures)
        if missing:
            raise InternalError(f"{missing} of {outcome.emitted} items were lost between the nodes: please report it")
        outcome.failures.sort(key=lambda failure: failure.item_id)
        outcome.seconds = seconds
        outcome.workers_waited = self.channel.get_wait_s / self.threads / seconds
        outcome.root_waited = self.channel.put_wait_s / seconds

    def _run_whole_set(self) -> None:
        """The nodes that wait for everything, in the caller's thread; each gets its data in the root's order."""
        due: dict[Node, list[Any]] = {}

        def collect(node: Node, data: Any) -> None:
            due.setdefault(node, []).append(data)

        for number in sorted(self.collected):
            for node, data in self.collected[number]:
                collect(node, data)
        while due:
            node = next(iter(due))
            self.flow.send(node, self.flow.run_node(node, due.pop(node)), collect)
        self._add_seconds({name: s for name, s in self.flow.seconds.items() if name != self.flow.root.name})


@contextmanager
def _opened(nodes: list[Node]) -> Iterator[None]:
    """The nodes with their `open_worker` called; `close_worker` is called on the way out, whatever happens."""
    with ExitStack() as stack:
        for node in nodes:
            if hasattr(node, "open_worker"):
                node.open_worker()
            if hasattr(node, "close_worker"):
                stack.callback(node.close_worker)
        yield
