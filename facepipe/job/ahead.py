"""What plots are drawn with, imported while frames are encoded: at the end, little else could be done beside it."""

import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

from facepipe.pictures.plots import load_libraries
from facepipe.pictures.plots.scatter import FEW

_SWITCH_S = 0.0005  # an import wants the interpreter all the time; those that encode are not to wait 5 ms for each turn


class PlotsAhead:
    """Begins to import what the plots called `names` are drawn with when `faces()` tells that many have been found."""

    def __init__(self, names: Sequence[str], faces: Callable[[], int]) -> None:
        self._names, self._faces = names, faces
        self._thread: threading.Thread | None = None

    def look(self) -> None:
        """Call it now and then; it returns at once."""
        if self._names and self._thread is None and self._faces() >= FEW:  # plots of fewer need less
            self._thread = threading.Thread(target=self._load, name="facepipe-import", daemon=True)
            self._thread.start()

    def wait(self) -> None:
        """Until all is imported that was begun: two threads that import what imports each other may find half of it."""
        if self._thread is not None:
            self._thread.join()

    def _load(self) -> None:
        before = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH_S)
        try:
            with suppress(Exception):  # whoever draws will say so
                load_libraries(self._names)
        finally:
            sys.setswitchinterval(before)
