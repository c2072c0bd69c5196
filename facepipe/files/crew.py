"""Threads that work while their caller goes on, up to so many jobs ahead."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

MOST_DUE = 200  # jobs that may wait for a thread: they are functions, whose pictures are not read yet


class Crew:
    """Threads that do jobs; the first error, in the order of the jobs, is raised where the next job is given."""

    def __init__(self, threads: int, due: int = MOST_DUE) -> None:
        self._pool = ThreadPoolExecutor(threads, "facepipe-write")
        self._most = due
        self._due: deque[Future] = deque()

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def do(self, job: Callable, *arguments) -> None:
        self._due.append(self._pool.submit(job, *arguments))
        while self._due and (self._due[0].done() or len(self._due) > self._most):
            self._due.popleft().result()

    def wait(self) -> None:
        while self._due:
            self._due.popleft().result()

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
