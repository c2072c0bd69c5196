"""Bringing the files up to date in the background: when nothing was said for a while, or when somebody asks for it."""

import threading
import time

from facepipe.errors import FacepipeError
from facepipe.page.session import Busy, Session

IDLE_S = 45.0  # without an answer, until the files follow
_LOOK_S = 5.0


class Keeper:
    """A thread while the block runs: `with keeper:`."""

    def __init__(self, session: Session, idle_s: float = IDLE_S) -> None:
        self._session, self._idle_s = session, idle_s
        self._wake, self._ending, self._asked = threading.Event(), False, False
        self._last = time.monotonic()
        self._thread = threading.Thread(target=self._work, name="keeper", daemon=True)

    def __enter__(self) -> "Keeper":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Ends the thread; where it is writing, when that is done."""
        self._ending = True
        self._wake.set()
        self._thread.join()

    def touched(self) -> None:
        """Something was said just now."""
        self._last = time.monotonic()

    def update_now(self) -> None:
        """Write everything, annotations and plots too, without waiting."""
        self._asked = True
        self._wake.set()

    def _work(self) -> None:
        while not self._ending:
            self._wake.wait(_LOOK_S)
            self._wake.clear()
            asked, self._asked = self._asked, False
            idle = self._session.pending and time.monotonic() - self._last > self._idle_s
            if (asked or idle) and not self._ending:
                self._update(everything=asked)

    def _update(self, everything: bool) -> None:
        try:
            self._session.update(everything=everything)
        except Busy:
            self._asked = self._asked or everything
        except FacepipeError as error:
            self._session.notes.warn(str(error))
        self.touched()
