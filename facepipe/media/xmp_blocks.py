"""Where GIF, JPEG 2000 and PNG keep XMP, as its specification (part 3, storage in files) has it."""

import os
import zlib
from typing import BinaryIO

from facepipe.media.boxes import boxes

MOST_BYTES = 1 << 20  # of a block of metadata that are read
_GIF_NAME, _GIF_TRAILER = b"\x0bXMP DataXMP", 258  # what begins the extension, and the bytes behind its text
_JPEG2000_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


def png_text(block: bytes) -> bytes:
    """What an iTXt chunk says: behind a name, two flags, a language and the name in that."""
    _, rest = block.split(b"\0", 1)
    text = rest[2:].split(b"\0", 2)[-1]
    if rest[:1] != b"\1":
        return text
    try:
        return zlib.decompressobj().decompress(text, MOST_BYTES)
    except zlib.error:
        return b""


def gif_xmp(file: BinaryIO, size: int) -> bytes:
    """The block of XMP in a GIF, b"" where there is none. It is an extension: the text itself, which those who do not
    know it take for blocks of data, and what ends these for them. IndexError: the file is cut off."""
    file.seek(0)
    at, xmp = 13 + _palette(file.read(13)[10]), b""
    while not xmp and at < size:
        file.seek(at)
        head = file.read(14)
        is_xmp = head[2:] == _GIF_NAME
        if head[:1] == b"\x2c":  # a picture: its palette, the size of a code, blocks
            at += 11 + _palette(head[9])
        elif head[:1] == b"\x21":
            at += 14 if is_xmp else 2
        else:
            break
        end = _behind_blocks(file, at)
        if is_xmp:
            file.seek(at)
            xmp = file.read(min(end - at, MOST_BYTES))[:-_GIF_TRAILER]
        at = end
    return xmp


def _palette(flags: int) -> int:
    """The bytes of a GIF's table of colours."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _behind_blocks(file: BinaryIO, at: int) -> int:
    """Where blocks of data end that begin at a place."""
    file.seek(at)
    while (length := file.read(1)) and length[0]:
        file.seek(length[0], os.SEEK_CUR)
    return file.tell()


def jpeg2000_xmp(file: BinaryIO, size: int) -> bytes:
    """The block of XMP in a JPEG 2000, a box of its own, b"" where there is none. Errors: of `boxes`."""
    for kind, start, end in boxes(file, 0, size):
        if kind == b"uuid":
            file.seek(start)
            content = file.read(min(end - start, MOST_BYTES))
            if content.startswith(_JPEG2000_UUID):
                return content[len(_JPEG2000_UUID) :]
    return b""
