"""What of a photo's file makes its pixels, which way up they are, when it was taken, and its XMP.

Everything else in it (EXIF, XMP, ICC profiles, comments, text) is left out before a picture library sees the file:
what is not read cannot cost the picture, however broken it is. What is looked for in EXIF, `exif` says; XMP is only
handed on.
"""

import os
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import BinaryIO

from facepipe.errors import DecodeError
from facepipe.files.names import printable
from facepipe.media.boxes import boxes
from facepipe.media.exif import read_exif
from facepipe.media.heif_items import heif_metadata
from facepipe.media.orientation import UPRIGHT, orientation_of
from facepipe.media.spliced import Part, part_size
from facepipe.media.xmp_blocks import MOST_BYTES, gif_xmp, jpeg2000_xmp, png_text

_METADATA_ITEM = re.compile(rb"infe[\2\3]...(?:..|....)..(Exif|mime)", re.DOTALL)  # its entry in a HEIF


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """format: Pillow's name of it. parts: of the file, what its pixels are made from.

    orientation: see that module; of HEIF what EXIF says, which is not what turns its pixels. cut: the file lacks its
    end. scratch: bytes a pixel that decoding needs besides the picture. taken: see `records.Frame`. xmp: its block of
    XMP with what stands around it, b"" where there is none.
    """

    path: Path
    format: str
    parts: tuple[Part, ...]
    orientation: int = UPRIGHT
    cut: bool = False
    scratch: float = 0.0
    taken: str = ""
    xmp: bytes = b""


def _photo(
    path: Path, name: str, parts: list[Part], exif: bytes | mmap, xmp: bytes, cut: bool = False, scratch: float = 0.0
) -> PhotoFile:
    found = read_exif(exif)
    xmp = xmp or found.xmp
    return PhotoFile(path, name, tuple(parts), orientation_of(found.orientation, xmp), cut, scratch, found.taken, xmp)


def read_photo_file(path: Path) -> PhotoFile:
    """Look through a photo's file, by the format that its first bytes show. DecodeError: none that is known."""
    with path.open("rb") as file:
        head = file.read(64)
        for pattern, name, read in _FORMATS:
            if pattern.match(head):
                try:
                    return read(path, name, file, file.seek(0, os.SEEK_END))
                except (struct.error, ValueError, IndexError, ZeroDivisionError):
                    return _whole(path, name, file, file.seek(0, os.SEEK_END))
    raise DecodeError(f"{printable(path)} is not a picture in a format that is known, or it is damaged")


def _whole(path: Path, name: str, _file: BinaryIO, size: int) -> PhotoFile:
    return PhotoFile(path, name, ((0, size),))


def _jpeg(path: Path, name: str, file: BinaryIO, size: int) -> PhotoFile:
    """Segments up to the first scan, without those of applications but for JFIF's and Adobe's, then all the rest."""
    parts: list[Part] = [(0, 2)]
    exif, xmp, at, scratch = b"", b"", 2, 0.0
    while True:
        file.seek(at)
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF or head[1] == 0xDA:
            break
        if head[1] == 0xFF:  # padding
            at += 1
            continue
        marker, end = head[1], at + 2 + int.from_bytes(head[2:], "big")
        if marker == 0xE1:
            block = file.read(min(end - file.tell(), MOST_BYTES))
            exif = exif or (block if block.startswith(b"Exif\0\0") else b"")
            xmp = xmp or (block if block.startswith(b"http://ns.adobe.com/xap/") else b"")
        if marker in (0xC2, 0xC6, 0xCA):  # progressive: every coefficient is kept until the last scan, 2 bytes each
            scratch = 2 * _samples_a_pixel(file.read(end - file.tell()))
        if marker in (0xE0, 0xEE) or not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            parts.append((at, end))
        at = end
    cut = not _has_end(file, at, size)
    if at < size:
        parts.append((at, size))
    if cut:
        parts.append(b"\xff\xd9")
    return _photo(path, name, parts, exif, xmp, cut, scratch)


def _samples_a_pixel(frame: bytes) -> float:
    """From a frame header: 3 where colours have the full resolution, 1.5 where they have a quarter of it."""
    areas = [(byte >> 4) * (byte & 15) for byte in frame[7::3][: frame[5]]]
    return sum(areas) / max(areas)


def _has_end(file: BinaryIO, scan: int, size: int) -> bool:
    """Whether a JPEG's end marker stands at its end, or somewhere after its first scan begins (then more follows it).

    Inside a scan, the marker's first byte is always followed by another second one.
    """
    file.seek(max(scan, size - 2))
    if file.read(2) == b"\xff\xd9":
        return True
    file.seek(scan)
    before = b""
    while block := file.read(1 << 20):
        if b"\xff\xd9" in before + block:
            return True
        before = block[-1:]
    return False


def _png(path: Path, name: str, file: BinaryIO, size: int) -> PhotoFile:
    """The chunks that pixels are made from; an EXIF chunk may also come after them."""
    parts, texts, exif, xmp = [(0, 8)], b"", b"", b""
    at = 8
    while at < size:
        file.seek(at)
        length, kind = struct.unpack(">I4s", file.read(8).ljust(8, b"\0"))
        end = min(size, at + 12 + length)
        if kind in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"):
            if parts[-1][1] == at:
                parts[-1] = (parts[-1][0], end)
            else:
                parts.append((at, end))
        elif kind in (b"eXIf", b"iTXt", b"zTXt", b"tEXt"):
            block = file.read(min(length, MOST_BYTES))
            exif = block if kind == b"eXIf" else exif
            xmp = png_text(block) if block.startswith(b"XML:com.adobe.xmp\0") else xmp
            texts = block if block.startswith(b"Raw profile type exif\0") else texts
        at = end
        if kind == b"IEND":
            break
    return _photo(path, name, parts, exif or _raw_profile(texts), xmp)


def _raw_profile(text: bytes) -> bytes:
    """The EXIF block that ImageMagick writes into a PNG as text: a name, a length, lines of hexadecimal digits."""
    if not text:
        return b""
    try:
        body = text.split(b"\0", 1)[1]
        if body[:1] == b"\0":  # compressed
            body = zlib.decompressobj().decompress(body[1:], MOST_BYTES)
        return bytes.fromhex("".join(body.decode("ascii").split("\n")[3:]))
    except (ValueError, zlib.error, IndexError):
        return b""


def _webp(path: Path, name: str, file: BinaryIO, size: int) -> PhotoFile:
    """All chunks but those of metadata, of which the flags are taken back. A pixel without loss costs 4 bytes more."""
    parts, exif, xmp, scratch = [], b"", b"", 0.0
    at = 12
    while at + 8 <= size:
        file.seek(at)
        kind, length = struct.unpack("<4sI", file.read(8))
        end = min(size, at + 8 + length + length % 2)
        if kind in (b"EXIF", b"XMP "):
            block = file.read(min(length, MOST_BYTES))
            exif, xmp = (block, xmp) if kind == b"EXIF" else (exif, block)
        elif kind == b"VP8X":
            flags = file.read(1)[0] & ~0x2C  # ICC profile, EXIF, XMP
            parts += [(at, at + 8), bytes([flags]), (at + 9, end)]
        elif kind != b"ICCP":
            parts.append((at, end))
        scratch = max(scratch, {b"VP8L": 4.0, b"ALPH": 1.0}.get(kind, 0.0))
        at = end
    length = sum(map(part_size, parts))
    head = b"RIFF" + struct.pack("<I", length + 4) + b"WEBP"
    return _photo(path, name, [head, *parts], exif, xmp, scratch=scratch)


def _heif(path: Path, name: str, file: BinaryIO, size: int) -> PhotoFile:
    """The file with its items of EXIF and XMP called by a name that no reader knows.

    Its orientation is a property of the picture, which is applied when that is decoded.
    """
    box = next((box for box in boxes(file, 0, size) if box.kind == b"meta"), None)
    if box is None:
        return _whole(path, name, file, size)
    file.seek(box.start)
    meta = file.read(min(box.end - box.start, MOST_BYTES))
    names = [box.start + item.start(1) for item in _METADATA_ITEM.finditer(meta)]
    parts: list[Part] = []
    before = 0
    for place in names:
        parts += [(before, place), b"skip"]
        before = place + 4
    return _photo(path, name, [*parts, (before, size)], *heif_metadata(file, meta))


def _tiff(path: Path, name: str, file: BinaryIO, size: int) -> PhotoFile:
    """The whole file, of which only a part is in memory; what reads the pixels looks for its tags itself."""
    with mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        return _photo(path, name, [(0, size)], content, b"")


def _gif(path: Path, name: str, file: BinaryIO, size: int) -> PhotoFile:
    return PhotoFile(path, name, ((0, size),), xmp=gif_xmp(file, size))


def _jpeg2000(path: Path, name: str, file: BinaryIO, size: int) -> PhotoFile:
    return PhotoFile(path, name, ((0, size),), xmp=jpeg2000_xmp(file, size))


_Read = Callable[[Path, str, BinaryIO, int], PhotoFile]
# Raster formats whose readers are part of Pillow, OpenCV or libheif, and start no other program.
_FORMATS: list[tuple[re.Pattern[bytes], str, _Read]] = [
    (re.compile(pattern, re.DOTALL), name, read)
    for pattern, name, read in (
        (rb"\xff\xd8\xff", "JPEG", _jpeg),
        (rb"\x89PNG\r\n\x1a\n", "PNG", _png),
        (rb"RIFF....WEBP", "WEBP", _webp),
        (rb"....ftyp(?:avi[fs]|(?:mif1|msf1|miaf).{4}(?:.{4}){0,10}?avi[fs])", "AVIF", _heif),
        (rb"....ftyp(?:hei[cxms]|hev[cxms]|mif[12]|msf1)", "HEIF", _heif),
        (rb"II[\x2a\x2b]\0|MM\0[\x2a\x2b]", "TIFF", _tiff),
        (rb"GIF8[79]a", "GIF", _gif),
        (rb"BM", "BMP", _whole),
        (rb"P[1-6]\s", "PPM", _whole),
        (rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", "JPEG2000", _jpeg2000),
    )
]
