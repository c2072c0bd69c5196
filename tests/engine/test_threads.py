"""The thread engine: order, bounded memory, failures, stops."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyPiper import Node

from facepipe.engine import run_graph
from facepipe.engine.channel import Channel
from facepipe.errors import GraphError, InternalError, StorageFull, UsageError

ROOT = Path(__file__).resolve().parents[2]


class Count(Node):
    def setup(self, size, emitted=None):
        self.size, self.position, self.emitted = size, 0, emitted

    def run(self, data):
        if self.position == self.size:
            self.close()
            return
        if self.emitted is not None:
            self.emitted.append(self.position)
        self.emit(self.position)
        self.position += 1


class Apply(Node):
    def setup(self, function):
        self.function = function

    def run(self, data):
        self.emit(self.function(data))


class Gather(Node):
    """A whole-set node."""

    def setup(self, into):
        self.batch_size = Node.BATCH_SIZE_ALL
        self.into = into

    def run(self, data):
        self.into.append(data)
        self.emit(len(data))


def run_counting(size, function, threads, **options):
    gathered = []
    outcome = run_graph(
        Count("root", size=size) | Apply("work", function=function) | Gather("all", into=gathered),
        threads=threads,
        **options,
    )
    return outcome, gathered[0] if gathered else []


@pytest.mark.parametrize("threads", [1, 2, 4, 16])
@pytest.mark.parametrize("size", [0, 1, 3, 100])
def test_results_keep_the_roots_order(threads, size):
    outcome, results = run_counting(size, lambda n: n * n, threads)
    assert results == [n * n for n in range(size)]
    assert (outcome.emitted, outcome.done, outcome.failures) == (size, size, [])


@settings(max_examples=25)
@given(st.integers(1, 6), st.integers(0, 40), st.sets(st.integers(0, 39)))
def test_every_item_is_done_or_failed_whatever_the_threads(threads, size, bad):
    def work(n):
        if n in bad:
            raise ValueError(f"item {n}")
        return n

    outcome, results = run_counting(size, work, threads)
    failed = {int(failure.item_id) for failure in outcome.failures}
    assert failed == {n for n in bad if n < size}
    assert results == [n for n in range(size) if n not in bad]
    assert outcome.done + len(failed) == outcome.emitted == size


def test_a_failing_item_says_where_and_why_and_the_rest_goes_on():
    def work(n):
        if n == 3:
            raise ValueError("too odd\nsecond line")
        return n

    outcome, results = run_counting(6, work, 2)
    (failure,) = outcome.failures
    assert (failure.item_id, failure.stage, failure.error) == ("3", "work", "unexpected ValueError: too odd")
    assert results == [0, 1, 2, 4, 5]


def test_a_failing_root_reaches_the_caller():
    class Broken(Count):
        def run(self, data):
            if self.position == 5:
                raise OSError("the disk is gone")
            super().run(data)

    with pytest.raises(OSError, match="the disk is gone"):
        run_graph(Broken("root", size=10) | Apply("work", function=str), threads=3)


def test_a_fatal_error_stops_the_run():
    emitted = []

    def work(n):
        if n == 4:
            raise StorageFull("no room")
        return n

    graph = Count("root", size=10_000, emitted=emitted) | Apply("work", function=work)
    with pytest.raises(StorageFull):
        run_graph(graph, threads=2, fatal=(StorageFull,))
    assert len(emitted) < 100


def test_a_worker_that_cannot_start_stops_the_run():
    class Unready(Apply):
        def open_worker(self):
            raise RuntimeError("no model")

    with pytest.raises(RuntimeError, match="no model"):
        run_graph(Count("root", size=10**9) | Unready("work", function=str), threads=2)


def test_the_root_never_runs_far_ahead_of_slow_workers():
    emitted, gate, threads = [], threading.Event(), 3

    def work(n):
        gate.wait(10)
        return n

    def run():
        run_counting_slow(emitted, work, threads)

    def run_counting_slow(emitted, work, threads):
        run_graph(Count("root", size=500, emitted=emitted) | Apply("work", function=work), threads=threads)

    runner = threading.Thread(target=run)
    runner.start()
    settled = -1
    while len(emitted) != settled:  # until the root stands still
        settled = len(emitted)
        runner.join(0.1)
    # 2 x threads wait in the channel, one is in each worker's hands, one in the root's.
    assert settled <= 2 * threads + threads + 1
    gate.set()
    runner.join(10)
    assert len(emitted) == 500


def test_items_are_let_go_when_they_are_done():
    class Heavy:
        alive = 0
        most = 0
        lock = threading.Lock()

        def __init__(self):
            with Heavy.lock:
                Heavy.alive += 1
                Heavy.most = max(Heavy.most, Heavy.alive)

        def __del__(self):
            with Heavy.lock:
                Heavy.alive -= 1

    class Make(Count):
        def emit(self, data):
            super().emit(Heavy())

    run_graph(Make("root", size=200) | Apply("work", function=lambda heavy: None), threads=2)
    assert Heavy.most <= 2 * 2 + 2 + 2


def test_each_worker_has_its_own_nodes_and_closes_them():
    opened, closed, used = [], [], set()

    class Own(Node):
        def open_worker(self):
            self.mine = object()
            opened.append(threading.current_thread())

        def close_worker(self):
            closed.append(threading.current_thread())

        def run(self, data):
            used.add((threading.current_thread(), id(self.mine)))
            self.emit(data)

    run_graph(Count("root", size=200) | Own("own"), threads=3)
    assert len(opened) == len(set(opened)) == 3
    assert len(closed) == 3 and set(opened) == set(closed)
    assert len({thread for thread, _ in used}) == len(used)


def test_branches_and_several_emits_are_all_followed():
    class Twice(Node):
        def run(self, data):
            self.emit(data)
            self.emit(-data)

    left, right = [], []
    graph = Count("root", size=4) | Twice("twice") | [Gather("left", into=left), Gather("right", into=right)]
    run_graph(graph, threads=2)
    assert left == right == [[0, 0, 1, -1, 2, -2, 3, -3]]


def test_whole_set_nodes_can_follow_each_other():
    first, second = [], []
    run_graph(Count("root", size=7) | Gather("a", into=first) | Gather("b", into=second), threads=2)
    assert (first, second) == ([list(range(7))], [[7]])


def test_progress_counts_finished_items_in_the_callers_thread():
    seen, threads = [], set()

    def report(done, total):
        seen.append((done, total))
        threads.add(threading.current_thread())

    run_counting(20, str, 4, on_progress=report)
    assert seen == [(n, 20) for n in range(1, 21)]
    assert threads == {threading.current_thread()}


def test_refuses_what_it_cannot_run():
    with pytest.raises(UsageError, match="threads 0"):
        run_graph(Count("root", size=1), threads=0)
    with pytest.raises(GraphError, match="batch size 3"):
        run_graph(Count("root", size=1) | Apply("work", function=str, batch_size=3))


class Leaky(Channel):
    """Loses the third item."""

    def put(self, item):
        return item[0] == 2 or super().put(item)


def test_items_that_are_lost_are_facepipes_own_fault(monkeypatch):
    monkeypatch.setattr("facepipe.engine.threads.Channel", Leaky)
    with pytest.raises(InternalError, match="1 of 5 items were lost between the nodes: please report it") as lost:
        run_counting(5, str, 2)
    assert lost.value.exit_code == 1


def test_time_inside_each_node_is_measured():
    outcome, _ = run_counting(10, lambda n: sum(range(20_000)), 2)
    assert set(outcome.node_seconds) == {"root", "work", "all"}
    assert 0 < outcome.node_seconds["work"] < 2 * outcome.seconds


CTRL_C = r"""
import os, threading
from pyPiper import Node
from facepipe.engine import run_graph

class Endless(Node):
    def run(self, data):
        self.emit(1)

class Busy(Node):
    def run(self, data):
        os.write(1, b"working\n")  # in one piece, whatever the other threads do
        threading.Event().wait()

try:
    run_graph(Endless("root") | Busy("busy"), threads=3)
except KeyboardInterrupt:
    os.write(1, b"stopped\n")
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGINT cannot be sent to one process on Windows")
def test_ctrl_c_stops_within_a_second_even_when_workers_are_stuck():
    process = subprocess.Popen([sys.executable, "-c", CTRL_C], cwd=ROOT, stdout=subprocess.PIPE, text=True, bufsize=1)
    with process:
        first = process.stdout.readline()
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        try:
            rest, _ = process.communicate(timeout=20)
        finally:
            process.kill()
    assert first == "working\n"
    assert process.returncode == 0 and "stopped" in rest.splitlines()
    assert time.monotonic() - started < 2
