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
            fact, is_new = self._facts.get(key) or Future[Fact](), key not in self._facts
            self._facts[key] = fact
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
            for oldest in [other for other, one in self._facts.items() if one is not fact and _is_good(one)]:
                if self._left >= 0:
                    return
                self._left += self._nbytes(self._facts.pop(oldest).result())


def _is_good(fact: "Future[Fact]") -> bool:
    return fact.done() and fact.exception() is None
