"""The EXIF and XMP of a HEIF or AVIF, read without the library that decodes its pixels.

ISO/IEC 14496-12, sections on the meta box: `iinf` names the items, `iloc` says where in the file each lies.
"""

import struct
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from facepipe.media.boxes import boxes
from facepipe.media.xmp_blocks import MOST_BYTES

_Place = tuple[bool, list[tuple[int, int]]]  # whether in the meta box, and the offset and length of each part
_XMP = b"application/rdf+xml"


def heif_metadata(file: BinaryIO, meta: bytes) -> tuple[bytes, bytes]:
    """The EXIF block and the XMP of a file in whose `meta` box this is; b"" for what is missing or damaged."""
    try:
        inside = {kind: place for kind, *place in boxes(BytesIO(meta), 4, len(meta))}  # after its version and flags
        exif, xmp = _items(meta, *inside[b"iinf"])
        places = dict(_places(meta, *inside[b"iloc"]))
        stored = BytesIO(meta[slice(*inside.get(b"idat", (0, 0)))])
        block = _read(file, stored, places.get(exif))
        (header,) = struct.unpack_from(">I", block) if block else (0,)  # bytes between this number and the block
        return block[4 + header :], _read(file, stored, places.get(xmp))
    except (KeyError, struct.error, ValueError, OSError):
        return b"", b""


def _items(meta: bytes, start: int, end: int) -> tuple[int | None, int | None]:
    """The numbers of the items that hold EXIF and XMP."""
    exif = xmp = None
    entries = start + (6 if meta[start] == 0 else 8)
    for kind, place, stop in boxes(BytesIO(meta), entries, end):
        version = meta[place]
        if kind != b"infe" or version not in (2, 3):
            continue
        layout = ">HH4s" if version == 2 else ">IH4s"
        number, _, what = struct.unpack_from(layout, meta, place + 4)
        if what == b"Exif":
            exif = number
        elif what == b"mime" and _XMP in meta[place:stop]:
            xmp = number
    return exif, xmp


def _places(meta: bytes, start: int, end: int) -> Iterator[tuple[int, _Place]]:
    """Of the numbers of items: where each lies, of those in the file itself, or in the meta box."""
    version = meta[start]
    sizes, more = meta[start + 4], meta[start + 5]
    wide = {"offset": sizes >> 4, "length": sizes & 15, "base": more >> 4, "index": more & 15 if version else 0}
    at = start + 6

    def number(size: int) -> int:
        nonlocal at
        at += size
        if at > end:
            raise ValueError("cut off")
        return int.from_bytes(meta[at - size : at], "big")

    for _ in range(number(2 if version < 2 else 4)):
        item = number(2 if version < 2 else 4)
        method = number(2) & 15 if version else 0
        number(2)  # in another file
        base = number(wide["base"])
        parts = []
        for _ in range(number(2)):
            number(wide["index"])
            offset = number(wide["offset"])
            parts.append((base + offset, number(wide["length"])))
        if method in (0, 1):
            yield item, (method == 1, parts)


def _read(file: BinaryIO, stored: BinaryIO, place: _Place | None) -> bytes:
    """An item. stored: what the meta box holds itself."""
    found = b""
    is_stored, parts = place or (False, [])
    file = stored if is_stored else file
    for offset, length in parts:
        file.seek(offset)
        found += file.read(min(length, MOST_BYTES - len(found)))
    return found
