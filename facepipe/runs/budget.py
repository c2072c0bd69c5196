"""How many faces have been stored, and whether that is enough."""

import threading


class FaceBudget:
    """Counts stored faces. With a limit it says when to stop, the same for any number of threads.

    Frames finish in any order, so the limit is held against the frames before the first unfinished one.
    """

    def __init__(self, limit: int | None = None) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._waiting: list[str] = []  # frames in order, the first one unfinished
        self._stored: dict[str, int] = {}
        self._in_order = 0
        self.total = 0

    def expect(self, frame_id: str) -> None:
        """A frame has been sent on its way; call in the order of the frames."""
        with self._lock:
            self._waiting.append(frame_id)

    def add(self, frame_id: str, faces: int) -> None:
        """A frame is done and holds so many faces (0 for one that failed)."""
        with self._lock:
            self.total += faces
            self._stored[frame_id] = faces
            while self._waiting and self._waiting[0] in self._stored:
                self._in_order += self._stored.pop(self._waiting.pop(0))

    @property
    def is_limited(self) -> bool:
        return self._limit is not None

    @property
    def spent(self) -> bool:
        return self._limit is not None and self._in_order >= self._limit
