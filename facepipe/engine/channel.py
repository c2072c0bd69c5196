"""A bounded channel between one producer and many workers that nobody can get stuck on."""

import threading
import time
from collections import deque
from typing import Any

END = object()  # what get() returns when there is nothing more to come


class Channel:
    """Holds at most `capacity` items. `put` waits while it is full, `get` while it is empty.

    `finish` lets workers empty it; `abort` drops what is in it. After either, nobody waits any more.
    """

    def __init__(self, capacity: int) -> None:
        self._items: deque = deque()
        self._capacity = capacity
        self._changed = threading.Condition()
        self._finished = False
        self.put_wait_s = 0.0
        self.get_wait_s = 0.0

    def put(self, item: Any) -> bool:
        """Add `item`, waiting for room. False when the channel was closed, and the item was not taken."""
        with self._changed:
            started = time.perf_counter()
            self._changed.wait_for(lambda: self._finished or len(self._items) < self._capacity)
            self.put_wait_s += time.perf_counter() - started
            if self._finished:
                return False
            self._items.append(item)
            self._changed.notify_all()
            return True

    def get(self) -> Any:
        """The oldest item, waiting for one; END when none will come."""
        with self._changed:
            started = time.perf_counter()
            self._changed.wait_for(lambda: self._finished or self._items)
            self.get_wait_s += time.perf_counter() - started
            if not self._items:
                return END
            item = self._items.popleft()
            self._changed.notify_all()
            return item

    def finish(self) -> None:
        """No item will follow; those inside can still be taken."""
        with self._changed:
            self._finished = True
            self._changed.notify_all()

    def abort(self) -> None:
        """Stop at once: what is inside is dropped."""
        with self._changed:
            self._items.clear()
            self._finished = True
            self._changed.notify_all()
