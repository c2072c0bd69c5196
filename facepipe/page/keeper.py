"""Bringing the files up to date in the background: when nothing was said for a while, or when somebody asks for it."""

import time

from facepipe.errors import FacepipeError
from facepipe.page.background import Background
from facepipe.page.session import Busy, Session

_IDLE_S = 45.0  # without an answer, until the files follow
_LOOK_S = 5.0


class Keeper(Background):
    """See the module. Where it is writing, that is done before it ends."""

    def __init__(self, session: Session) -> None:
        super().__init__("keeper")
        self._session, self._asked = session, False
        self._last = time.monotonic()

    def touched(self) -> None:
        """Something was said just now."""
        self._last = time.monotonic()

    def update_now(self) -> None:
        """Write everything, annotations and plots too, without waiting."""
        self._asked = True
        self._wake.set()

    def _work(self) -> None:
        while not self._ending:
            self._wait(_LOOK_S)
            asked, self._asked = self._asked, False
            idle = self._session.pending and time.monotonic() - self._last > _IDLE_S
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
