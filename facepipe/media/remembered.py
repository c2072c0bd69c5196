"""What was found out about files, kept as far as there is room for it."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

Fact = TypeVar("Fact")


class Remembered(Generic[Fact]):
    """The last facts, as many as fit into `room` bytes, and one at least.

    Of several threads that want the same one finds it out, and the others wait for that.
    """

    def __init__(self, room: int, nbytes: Callable[[Fact], int]) -> None:
        self._left, self._nbytes = room, nbytes
        self._facts: dict[Hashable, Future[Fact]] = {}
        self._lock = Lock()

    def get(self, key: Hashable, find: Callable[[], Fact]) -> Fact:
        """What `find` gives. What it raises is raised, and not remembered."""
        with self._lock:
            is_new = key not in self._facts
            fact = self._facts.setdefault(key, Future())
        if is_new:
            try:
                fact.set_result(find())
            except BaseException as error:
                fact.set_exception(error)
            self._make_room(key, fact)
        return fact.result()

    def _make_room(self, key: Hashable, fact: "Future[Fact]") -> None:
        with self._lock:
            if fact.exception() is not None:
                self._facts.pop(key, None)
                return
            self._left -= self._nbytes(fact.result())
            while self._left < 0 and (oldest := next(filter(self._is_known, self._facts))) != key:
                self._left += self._nbytes(self._facts.pop(oldest).result())

    def _is_known(self, key: Hashable) -> bool:
        """Whether a fact is there: not one that is being found out, or could not be."""
        fact = self._facts[key]
        return fact.done() and fact.exception() is None
