"""Text files of which there may be hundreds of MB, read without having all of it in memory."""

from collections.abc import Iterator
from typing import BinaryIO

_BLOCK = 1 << 17  # bytes: they stay in the processor's cache until they are taken apart


def whole_lines(file: BinaryIO) -> Iterator[bytes]:
    """The rest of a file, some whole lines at a time, each with its end; the last one may have none."""
    while block := file.read(_BLOCK) + file.readline():
        yield block
