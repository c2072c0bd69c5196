"""Memory for decoded photos, shared by all threads of the process; and how much frames of videos may take.

A photo of 250 megapixels is 750 MB of RGB, while most are a few dozen: so threads do not get a fixed share each, but
wait for each other when large photos come together.
"""

import ctypes
import gc
import math
import sys
import threading
import weakref
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from facepipe.geometry import Size

# Bytes of pixels at a time. With four workers the models and libraries take 0.36 GB; all together stays below 1.2 GB.
PHOTO_BYTES = 800_000_000
# Of frames: those that the decoders of all threads refer to, up to 16 each (H.264 and H.265 allow no more), and those
# that may lie ready; as much again where short videos are decoded beside a long one (see `FrameStream`). Two threads
# take .1 GB more than one for 1080p, .4 for 4K; 8K is left to one.
_HELD_BYTES, _REFERRED, READY_BYTES = 1 << 29, 16, 1 << 27
_MOST_HEAPS, _HEAPS = -8, 2  # M_ARENA_MAX of glibc; another library does not know it, and nothing happens

# A wait in which nobody gives anything back: whoever holds the memory waits for this thread, or keeps its pictures.
_PATIENCE_S = 300.0
_GLANCE_S = 1.0  # how often pictures that only a reference cycle keeps alive are collected meanwhile


def frame_bytes(size_wh: Size) -> int:
    """What a frame of a video takes as it was decoded, of 8 bits, 4:2:0."""
    return math.prod(size_wh) * 3 // 2


def most_decoders(size_wh: Size) -> int:
    """How many threads may decode videos of that size at once: each needs the frames that others refer to."""
    return _HELD_BYTES // (_REFERRED * frame_bytes(size_wh))


class MemoryBudget:
    """A number of bytes that threads take before they decode, and give back when the pixels are no longer used.

    A thread waits until there is room for what it takes. It does not wait while it holds something itself, since
    nobody could give that back for it, and not for ever: the bound holds in every ordinary run, a deadlock never.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.taken = 0
        self._by_thread: Counter[int] = Counter()
        self._changed = threading.Condition(threading.RLock())  # a finaliser may run in a thread that holds it

    @contextmanager
    def decoding(self, peak: int) -> Iterator["Share"]:
        """Room for `peak` bytes while the block runs; what the block asks its share to `keep` is held on to."""
        share = Share(self, threading.get_ident())
        self._take(peak, share.owner)
        if peak > self.total // 2:
            _return_freed()
        try:
            yield share
        finally:
            self.give_back(peak - share.kept, share.owner)

    def give_back(self, size: int, owner: int) -> None:
        """Return `size` bytes that the thread `owner` took."""
        with self._changed:
            self.taken -= size
            self._by_thread[owner] -= size
            if not self._by_thread[owner]:
                del self._by_thread[owner]
            self._changed.notify_all()

    def _take(self, size: int, owner: int) -> None:
        with self._changed:
            waited, before = 0.0, self.taken
            while self.taken and self.taken + size > self.total and not self._by_thread[owner]:
                if waited >= _PATIENCE_S:
                    break
                if not self._changed.wait(_GLANCE_S):
                    gc.collect()
                waited = waited + _GLANCE_S if self.taken >= before else 0.0
                before = self.taken
            self.taken += size
            self._by_thread[owner] += size


class Share:
    """What one decoding holds of a budget."""

    def __init__(self, budget: MemoryBudget, owner: int) -> None:
        self.owner = owner
        self.kept = 0
        self._budget = budget

    def keep(self, pixels: np.ndarray) -> None:
        """Hold the bytes of `pixels` for as long as it, or a view of it, is in use."""
        self.kept += pixels.nbytes
        holder = pixels
        while isinstance(holder.base, np.ndarray):  # what all views of the same memory keep alive
            holder = holder.base
        giving = weakref.finalize(holder, self._budget.give_back, pixels.nbytes, self.owner)
        giving.atexit = False


def _return_freed() -> None:
    """Give memory that is free, but kept for later by the C library's heaps of each thread, back to the system."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def share_heaps() -> None:
    """Have all threads of the process share a few heaps of the C library, where it keeps one a thread: each holds
    on to what its thread has freed."""
    option = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if option is not None:
        option(_MOST_HEAPS, _HEAPS)


PHOTOS = MemoryBudget(PHOTO_BYTES)
