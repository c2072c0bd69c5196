"""Work beside the answers."""

import threading
from abc import ABC, abstractmethod


class Background(ABC):
    """A thread that works while the block runs: `with it:`. At the end of the block it ends what it is doing first."""

    def __init__(self, name: str) -> None:
        self._wake, self._ending = threading.Event(), False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def __enter__(self) -> "Background":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending = True
        self._wake.set()
        self._thread.join()

    @abstractmethod
    def _work(self) -> None:
        """Until `_ending`, which `_wake` tells of: what there is to do."""

    def _wait(self, seconds: float | None = None) -> None:
        """Until somebody wakes the thread, at most so long."""
        self._wake.wait(seconds)
        self._wake.clear()
