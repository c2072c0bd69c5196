"""Pictures that stay: a slide, a frozen screen, an empty stage."""

import threading
from collections.abc import Callable

import cv2
import numpy as np

from facepipe.records import Detection, Picture

_THUMB_WH = (96, 54)
# Grey levels by which any of the 96x54 cells may differ. Compression noise on a slide stays below 3; a face of two
# cells that moves by a tenth of its width changes one by more than 10.
_TOLERANCE = 4


class StaticFrame:
    """A picture and what is found in it: computed once, it holds for every frame that looks like it.

    It does not matter which frame's thread asks first, so a result never depends on the number of threads.
    """

    def __init__(self, picture: Picture) -> None:
        self._picture, self._thumb = picture, _thumb(picture)
        self._lock = threading.Lock()
        self._found: list[Detection] | None = None

    def shows(self, picture: Picture) -> bool:
        """Whether `picture` is the same but for noise. It is compared with this one, so slow change adds up."""
        if picture.size_wh != self._picture.size_wh:
            return False
        return int(np.abs(_thumb(picture) - self._thumb).max()) <= _TOLERANCE

    def detections(self, detect: Callable[[Picture], list[Detection]]) -> list[Detection]:
        """What `detect` finds in the picture."""
        with self._lock:
            if self._found is None:
                self._found = detect(self._picture)
            return self._found


def _thumb(picture: Picture) -> np.ndarray:
    return cv2.cvtColor(picture.rgb(_THUMB_WH), cv2.COLOR_RGB2GRAY).astype(np.int16)
