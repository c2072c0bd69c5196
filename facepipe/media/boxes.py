"""The boxes of HEIF, AVIF and JPEG 2000, one behind the other or one in another.

ISO/IEC 14496-12, section on the object structure; ISO/IEC 15444-1, annex I, has the same.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple


class Box(NamedTuple):
    """kind: its name. start, end: where its content lies in the file, as far as the file goes."""

    kind: bytes
    start: int
    end: int


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """The boxes between two places of a file, which may be read meanwhile. ValueError, struct.error: there are none."""
    while start + 8 <= end:
        file.seek(start)
        length, kind = struct.unpack(">I4s", file.read(8))
        if length == 1:  # of 64 bits, behind the name
            (length,) = struct.unpack(">Q", file.read(8))
        inside, after = file.tell(), start + length if length else end
        if after < inside:
            raise ValueError("a box that is shorter than its head")
        yield Box(kind, inside, min(end, after))
        start = after
