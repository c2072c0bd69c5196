"""Boxes, however their lengths are written."""

import io
import struct

import pytest

from facepipe.media.boxes import boxes
from facepipe.media.photo_file import read_photo_file

EXIF = b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0)


def box(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def wide(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4sQ", 1, kind, 16 + len(content)) + content


def test_lengths_of_32_and_64_bits_and_up_to_the_end():
    data = box(b"free") + wide(b"mdat", b"abc") + struct.pack(">I4s", 0, b"last") + b"all of it"
    found = [(kind, data[start:end]) for kind, start, end in boxes(io.BytesIO(data), 0, len(data))]
    assert found == [(b"free", b""), (b"mdat", b"abc"), (b"last", b"all of it")]


@pytest.mark.parametrize("data", [b"\0\0\0\7free", b"\0\0\0\1free\0\0\0\0\0\0\0\7", b"\0\0\0\1free\0"])
def test_what_is_no_box_is_an_error(data):
    with pytest.raises((ValueError, struct.error)):
        list(boxes(io.BytesIO(data), 0, len(data)))


@pytest.mark.parametrize("long", [box, wide])
def test_of_a_heif_whose_pixels_come_first_exif_is_read(tmp_path, long):
    start = box(b"ftyp", b"heic\0\0\0\0mif1heic")
    pixels = long(b"mdat", struct.pack(">I", 0) + EXIF)
    at = len(start) + len(pixels) - len(EXIF) - 4
    items = box(b"iinf", struct.pack(">IH", 0, 1) + box(b"infe", struct.pack(">IHH", 2 << 24, 1, 0) + b"Exif\0"))
    places = box(b"iloc", struct.pack(">IBBHHHHII", 0, 0x44, 0, 1, 1, 0, 1, at, len(EXIF) + 4))
    path = tmp_path / "a.heic"
    path.write_bytes(start + pixels + long(b"meta", bytes(4) + items + places))
    photo = read_photo_file(path)
    assert photo.orientation == 6 and b"skip" in photo.parts
