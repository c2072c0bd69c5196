"""Waiting for what another process or thread does."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_BETWEEN_S = 0.002


def wait_for(condition: Callable[[], T], most_s: float = 120) -> T:
    """Look until `condition()` gives something true, and return that. AssertionError: it did not in that time.

    The pause between two looks is no wait for anything: whoever looks without one takes a core from the process that
    it waits for.
    """
    deadline, pause = time.monotonic() + most_s, threading.Event()
    while not (found := condition()):
        assert time.monotonic() < deadline, f"still not so after {most_s} s"
        pause.wait(_BETWEEN_S)
    return found
