"""Threads that work while their caller goes on, up to so many jobs ahead."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

MOST_DUE = 200  # jobs that may wait for a thread: they are functions, whose pictures are not read yet


class Crew:
    """Threads that do jobs; the first error, in the order of the jobs, is raised where the next job is given."""

    def __init__(self, threads: int, due: int = MOST_DUE) -> None:
        self._pool = ThreadPoolExecutor(threads, "facepipe-write")
        self._most = due
        self._due: deque[Future] = deque()
        self._turn: deque[Callable[[], object]] = deque()  # what waits to be done in turn
        self._turns: list[Future] = []  # of the threads that took to it, one after the other
        self._turn_taken, self._lock = False, Lock()

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def do(self, job: Callable, *arguments) -> None:
        self._due.append(self._pool.submit(job, *arguments))
        while self._due and (self._due[0].done() or len(self._due) > self._most):
            self._due.popleft().result()

    def do_in_turn(self, job: Callable[[], object]) -> None:
        """Do a job beside the others, after those that were given so before: never two of them at once.

        After an error nothing more is done in turn.
        """
        with self._lock:
            self._turn.append(job)
            if not self._turn_taken:
                self._turn_taken = True
                self._turns.append(self._pool.submit(self._take_turn))

    def _take_turn(self) -> None:
        while True:
            with self._lock:
                if not self._turn:
                    self._turn_taken = False
                    return
                job = self._turn.popleft()
            job()

    def wait_in_turn(self) -> None:
        """Until all is done that is done in turn."""
        while self._turns:
            self._turns.pop(0).result()

    def wait(self) -> None:
        """Until all is done but what is done in turn, of which an error that it has come to is raised too."""
        while self._due:
            self._due.popleft().result()
        for turn in self._turns:
            if turn.done():
                turn.result()

    def close(self) -> None:
        with self._lock:
            self._turn.clear()
        self._pool.shutdown(cancel_futures=True)
