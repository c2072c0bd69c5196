"""Several threads that make things ahead of whom they are for, who gets them in order."""

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Any

Make = Callable[[Any], Iterator[Any]]


def ahead(
    batches: Sequence[Any],
    opened: Callable[[], AbstractContextManager[Make]],
    threads: int,
    most: int,
    size: Callable[[Any], int] = lambda item: 1,
) -> Iterator[Iterator[Any]]:
    """What `make(batch)` gives for each of `batches`, in their order: an iterator each. What of one is not taken before
    the next one is asked for is dropped.

    opened: the `make` of one thread, closed in that thread. most: how much lies ready, of things of some `size`; each
    thread may have one more, and one of the batch that is due lies ready always, so that nobody waits for ever. What
    `make` raises is raised at the end of its batch; the next one can be asked for all the same. Threads end with the
    outer iterator.
    """
    work = _Work(batches, opened, threads + 1, most, size)
    crew: list[threading.Thread] = []
    try:
        for _ in range(threads):
            thread = threading.Thread(target=work.do, name="facepipe-ahead", daemon=True)
            thread.start()
            crew.append(thread)
        for place in range(len(batches)):
            yield work.taken(place)
    finally:
        work.stop()
        for thread in crew:
            if thread is not threading.current_thread():  # in which the garbage collector may end a lost iterator
                thread.join()


class _Work:
    """What the threads share. due: the batch that is taken now. begun: how many are, or were, worked on."""

    def __init__(
        self,
        batches: Sequence[Any],
        opened: Callable[[], AbstractContextManager[Make]],
        window: int,
        most: int,
        size: Callable[[Any], int],
    ) -> None:
        self.batches, self.opened, self.window, self.most, self.size = batches, opened, window, most, size
        self.changed = threading.Condition()
        self.ready: dict[int, deque[Any]] = defaultdict(deque)
        self.ended: dict[int, BaseException | None] = {}
        self.due = self.begun = self.lying = 0
        self.stopped = False

    def do(self) -> None:
        """A thread's life."""
        with ExitStack() as stack:
            make = None
            while (place := self._begin()) is not None:
                error = None
                try:
                    make = make or stack.enter_context(self.opened())
                    for item in make(self.batches[place]):
                        if not self._put(place, item):
                            break
                        del item  # or it would stay alive while the next one is made
                except BaseException as raised:
                    error = raised
                with self.changed:
                    self.ended[place] = error
                    self.changed.notify_all()

    def _begin(self) -> int | None:
        """The next batch to work on, once it is near enough to the one that is due; None when there is none."""
        with self.changed:
            self.changed.wait_for(lambda: self.stopped or self.begun < self.due + self.window)
            if self.stopped or self.begun == len(self.batches):
                return None
            self.begun += 1
            return self.begun - 1

    def _put(self, place: int, item: Any) -> bool:
        """Lay it ready, once there is room; False where nobody wants what its batch gives any more."""
        with self.changed:
            self.changed.wait_for(lambda: self._is_over(place) or self.lying < self.most or self._is_awaited(place))
            if self._is_over(place):
                return False
            self.ready[place].append(item)
            self.lying += self.size(item)
            self.changed.notify_all()
            return True

    def _is_awaited(self, place: int) -> bool:
        return place == self.due and not self.ready[place]

    def _is_over(self, place: int) -> bool:
        return self.stopped or place < self.due

    def taken(self, place: int) -> Iterator[Any]:
        """What the batch at `place` gives, as it comes: it is due now."""
        with self.changed:
            for passed in range(self.due, place):
                self.lying -= sum(map(self.size, self.ready.pop(passed, ())))
                self.ended.pop(passed, None)
            self.due = place
            self.changed.notify_all()
        return self._given(place)

    def _given(self, place: int) -> Iterator[Any]:
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self._is_over(place) or self.ready[place] or place in self.ended)
                if self._is_over(place) or not self.ready[place]:
                    break
                item = self.ready[place].popleft()
                self.lying -= self.size(item)
                self.changed.notify_all()
            yield item
            del item
        if error := self.ended.get(place):
            raise error

    def stop(self) -> None:
        with self.changed:
            self.stopped = True
            self.changed.notify_all()
