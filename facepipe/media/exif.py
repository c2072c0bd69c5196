"""What is read of EXIF: which way up a photo is, when it was taken, and XMP where a TIFF keeps it.

An EXIF block is a small TIFF, so that a TIFF's file can be read as one too. What is cut off or damaged is left out.
JEITA CP-3451, "Exchangeable image file format for digital still cameras: Exif", for the tags; Aware Systems, "The
BigTIFF File Format", for files whose counts and offsets have 64 bits.
"""

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from mmap import mmap

from facepipe.media.xmp_blocks import MOST_BYTES

_ORIENTATION, _XMP, _EXIF = 0x0112, 700, 0x8769  # of the first directory; the last leads to the second
_TAKEN, _OFFSET, _SUBSECONDS = 0x9003, 0x9011, 0x9291  # DateTimeOriginal and what belongs to it
# Types of TIFF; an orientation of another one than SHORT is found, if wrong.
_INTEGERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q"}
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 8: 2, 9: 4, 11: 4, 13: 4}  # all others have 8 bytes
_BIG = (b"+\0", b"\0+")
_MOST_TEXT = 64
_DATE = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)")

_Entry = tuple[int, int, int]  # type, number of values, where they stand


@dataclass(frozen=True, slots=True)
class Exif:
    """orientation: as stored; None where it is not. taken: see `records.Frame`."""

    orientation: int | None = None
    taken: str = ""
    xmp: bytes = b""


def read_exif(block: bytes | mmap) -> Exif:
    """What an EXIF block, or a TIFF, says."""
    while block[:6] == b"Exif\0\0":
        block = block[6:]
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    big = block[2:4] in _BIG
    if order is None or len(block) < (16 if big else 8):
        return Exif()
    (start,) = struct.unpack_from(order + ("Q" if big else "I"), block, 8 if big else 4)
    first = _directory(block, order, big, start)
    second = _directory(block, order, big, _number(block, order, first, _EXIF) or 0)
    taken, parts, offset = (_text(block, second, tag) for tag in (_TAKEN, _SUBSECONDS, _OFFSET))
    return Exif(
        _number(block, order, first, _ORIENTATION),
        _moment(taken, parts, offset),
        _bytes(block, first, _XMP, MOST_BYTES),
    )


def _directory(block: bytes | mmap, order: str, big: bool, start: int) -> dict[int, _Entry]:
    """The entries at `start` by tag, the first of each; those that lie inside the block."""
    found: dict[int, _Entry] = {}
    head, entry, room = ("Q", "HHQQ", 8) if big else ("H", "HHII", 4)
    size, first = struct.calcsize("=" + entry), start + struct.calcsize("=" + head)
    try:
        (count,) = struct.unpack_from(order + head, block, start) if start else (0,)
        for place in range(first, first + size * count, size):
            tag, kind, values, offset = struct.unpack_from(order + entry, block, place)
            inside = _SIZES.get(kind, 8) * values <= room
            found.setdefault(tag, (kind, values, place + size - room if inside else offset))
    except (struct.error, OverflowError):  # cut off, or an offset that leads out of it
        pass
    return found


def _number(block: bytes | mmap, order: str, entries: Mapping[int, _Entry], tag: int) -> int | None:
    kind, _, place = entries.get(tag, (0, 0, 0))
    try:
        return struct.unpack_from(order + _INTEGERS[kind], block, place)[0] if kind in _INTEGERS else None
    except (struct.error, OverflowError):
        return None


def _bytes(block: bytes | mmap, entries: Mapping[int, _Entry], tag: int, most: int) -> bytes:
    kind, values, place = entries.get(tag, (0, 0, 0))
    return bytes(block[place : place + min(values, most)]) if _SIZES.get(kind) == 1 else b""


def _text(block: bytes | mmap, entries: Mapping[int, _Entry], tag: int) -> str:
    return _bytes(block, entries, tag, _MOST_TEXT).split(b"\0", 1)[0].decode("ascii", "replace").strip()


def _moment(taken: str, subseconds: str, offset: str) -> str:
    """ISO 8601 of EXIF's "2023:05:06 12:34:56", "78" and "+02:00"; "" for a date that there is not."""
    match = _DATE.match(taken)
    try:
        date = datetime(*map(int, match.groups())).isoformat() if match else ""
    except ValueError:  # zeros, where a camera's clock was never set
        return ""
    if date and subseconds.isascii() and subseconds.isdigit():
        date += f".{subseconds:0<3.3}"
    if date and re.fullmatch(r"[+-](0\d|1[0-4]):[0-5]\d", offset):
        date += offset
    return date
