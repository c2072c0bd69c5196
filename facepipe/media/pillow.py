"""Pillow and OpenCV, held to reading pixels: one format at a time, our own size limit, no word on the console."""

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import cv2
from PIL import Image

MAX_PIXELS = 250_000_000  # a photo larger than this is refused: its RGB alone would take more than 750 MB

logging.getLogger("PIL").addHandler(logging.NullHandler())  # else errors are printed where logging is not set up

_SILENCED = r"(PIL|pillow_heif|facepipe\.media)(\..*)?"  # modules, as a warning names where it was raised

_SILENT = 0  # OpenCV's level of logging
_set_log_level = cv2.setLogLevel if hasattr(cv2, "setLogLevel") else cv2.utils.logging.setLogLevel  # moved in 5.0


@contextmanager
def opened(file: BinaryIO, format: str) -> Iterator[Image.Image]:
    """The picture in `file`, which is of Pillow's `format` and no other; both are closed afterwards."""
    with SILENCE, file, Image.open(file, formats=[format]) as image:
        yield image


class _Silence:
    """While any thread is inside: warnings of Pillow and OpenCV's log go nowhere, and Pillow's limit of pixels is ours.

    These are settings of the whole process, so threads that each set and restored them would undo each other's.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._caught, self._limit = warnings.catch_warnings(), Image.MAX_IMAGE_PIXELS
                self._caught.__enter__()
                warnings.filterwarnings("ignore", module=_SILENCED)
                Image.MAX_IMAGE_PIXELS = MAX_PIXELS
                self._level = _set_log_level(_SILENT)

    def __exit__(self, *_) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                Image.MAX_IMAGE_PIXELS = self._limit
                _set_log_level(self._level)
                self._caught.__exit__(None, None, None)


SILENCE = _Silence()  # a context manager
