"""A PNG read a band of rows at a time.

Its rows are one compressed stream, each stored as its difference (a filter) to the pixels beside and above it. So the
stream is decompressed bit by bit, and a band of rows is wrapped into a small PNG of its own, which starts with the
last row of the band before; undoing filters is left to OpenCV, and what the values mean to Pillow.
W3C, "Portable Network Graphics (PNG) Specification (Third Edition)", sections 4.6 and 9.
"""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

import cv2
import numpy as np

from facepipe.geometry import Size
from facepipe.media.photo_file import PhotoFile
from facepipe.media.pillow import opened
from facepipe.media.pixels import BAND_BYTES, Bands
from facepipe.media.spliced import open_spliced

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
# Bytes a pixel -> a PNG's bit depth, colour type and array type that filter alike and that OpenCV gives as stored.
_PLAIN = {
    1: (8, 0, "u1"),
    2: (16, 0, ">u2"),
    3: (8, 2, "u1"),
    4: (8, 6, "u1"),
    6: (16, 2, ">u2"),
    8: (16, 6, ">u2"),
}
_BLOCK = 1 << 20
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class _Header:
    """What the first chunk says; `others`: the chunks, as stored, that say what values mean (palette, transparency)."""

    size_wh: Size
    depth: int
    colour: int
    interlaced: bool
    others: bytes

    @property
    def pixel_bytes(self) -> int:
        return max(1, self.depth * _CHANNELS[self.colour] // 8)

    @property
    def row_bytes(self) -> int:
        return -(-self.size_wh[0] * self.depth * _CHANNELS[self.colour] // 8)


def png_is_interlaced(file: PhotoFile) -> bool:
    """Whether the picture is stored in seven passes over all of it, so that it cannot be read in bands."""
    with open_spliced(file.path, file.parts) as stream:
        return _header(stream).interlaced


@contextmanager
def png_bands(file: PhotoFile) -> Iterator[Callable[[], Bands]]:
    """A function that gives the bands, each of them a picture in the mode that Pillow gives the whole.

    ValueError, zlib.error or another error of a library: the file is damaged, or ends too early.
    """

    def bands() -> Bands:
        with open_spliced(file.path, file.parts) as stream:
            header = _header(stream)
            rows = max(1, BAND_BYTES // header.row_bytes)
            above = np.zeros((1, header.row_bytes), np.uint8)
            data = _inflated(stream, rows * (1 + header.row_bytes))
            for top in range(0, header.size_wh[1], rows):
                band = _unfiltered(next(data, b""), above, header)
                if len(band) < min(rows, header.size_wh[1] - top):
                    raise ValueError("its pixels end too early")
                yield top, _picture(band[: header.size_wh[1] - top], header)
                above = band[-1:].copy()

    yield bands


def _header(stream: BinaryIO) -> _Header:
    """Read up to the pixels, whose chunk is the next to be read."""
    stream.seek(len(_SIGNATURE))
    fields, others = None, b""
    while True:
        length, kind = struct.unpack(">I4s", stream.read(8))
        if kind == b"IDAT" and fields:
            stream.seek(-8, io.SEEK_CUR)
            width, height, depth, colour, _, _, interlaced = fields
            return _Header((width, height), depth, colour, bool(interlaced), others)
        body = stream.read(length)
        stream.seek(4, io.SEEK_CUR)
        if kind == b"IHDR":
            fields = struct.unpack(">IIBBBBB", body)
        else:
            others += _chunk(kind, body)


def _inflated(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """What the following IDAT chunks hold, decompressed, in pieces of `size` bytes; the last one is shorter."""
    inflate = zlib.decompressobj()
    piece = bytearray()
    while len(head := stream.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind != b"IDAT":
            break
        while length and (block := stream.read(min(length, _BLOCK))):
            length -= len(block)
            while block:
                piece += inflate.decompress(block, size - len(piece))
                block = inflate.unconsumed_tail
                if len(piece) == size:
                    yield bytes(piece)
                    piece.clear()
        stream.seek(4, io.SEEK_CUR)
    yield bytes(piece)


def _unfiltered(data: bytes, above: np.ndarray, header: _Header) -> np.ndarray:
    """Bytes as they were before filtering, uint8 (rows, row_bytes), of rows that follow the row `above`."""
    rows = len(data) // (1 + header.row_bytes)
    if not rows:
        return above[:0]
    depth, colour, dtype = _PLAIN[header.pixel_bytes]
    body = b"\0" + above.tobytes() + data[: rows * (1 + header.row_bytes)]
    image = cv2.imdecode(
        np.frombuffer(_png(header.row_bytes // header.pixel_bytes, rows + 1, depth, colour, body), np.uint8),
        cv2.IMREAD_UNCHANGED,
    )
    if image is None:
        raise ValueError("its rows cannot be decoded")
    if image.ndim == 3:
        image = image[..., [2, 1, 0, 3][: image.shape[2]]]
    return image[1:].astype(dtype, order="C").view(np.uint8).reshape(rows, header.row_bytes)


def _picture(rows: np.ndarray, header: _Header):
    """A band of rows as a Pillow picture."""
    body = np.zeros((len(rows), 1 + header.row_bytes), np.uint8)
    body[:, 1:] = rows
    file = io.BytesIO(_png(header.size_wh[0], len(rows), header.depth, header.colour, body.tobytes(), header.others))
    with opened(file, "PNG") as image:
        image.load()
    return image


def _png(width: int, height: int, depth: int, colour: int, body: bytes, others: bytes = b"") -> bytes:
    """A PNG of rows that are ready but for compression, of which there is none."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    data = zlib.compress(body, 0)
    return _SIGNATURE + _chunk(b"IHDR", head) + others + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
