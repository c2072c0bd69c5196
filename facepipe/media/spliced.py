"""A file put together from parts of another one, without copying them."""

import io
import os
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

Part = bytes | tuple[int, int]  # bytes of its own, or (start, end) in the file, half-open


def part_size(part: Part) -> int:
    """How many bytes it has."""
    return len(part) if isinstance(part, bytes) else part[1] - part[0]


def open_spliced(path: Path, parts: Sequence[Part]) -> BinaryIO:
    """A readable, seekable file of `parts` one after the other; it has to be closed. OSError: `path` cannot be read."""
    return io.BufferedReader(_Spliced(path, parts), 1 << 16)


class _Spliced(io.RawIOBase):
    """The raw stream behind `open_spliced`."""

    def __init__(self, path: Path, parts: Sequence[Part]) -> None:
        self._file = path.open("rb", buffering=0)
        self._parts = list(parts)
        self._starts = [0, *accumulate(map(part_size, self._parts))]
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._starts[-1]}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer) -> int:
        if self._at >= self._starts[-1]:
            return 0
        place = bisect_right(self._starts, self._at) - 1
        part, inside = self._parts[place], self._at - self._starts[place]
        room = min(len(buffer), self._starts[place + 1] - self._at)
        if isinstance(part, bytes):
            buffer[:room] = part[inside : inside + room]
        else:
            self._file.seek(part[0] + inside)
            room = self._file.readinto(memoryview(buffer)[:room]) or 0
        self._at += room
        return room

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
