"""When a photo was taken, whatever its format; what is no time is none, and costs no photo."""

import shutil
import struct
import subprocess

import numpy as np
import pytest
from photo_formats import needs_writer
from PIL import Image

from facepipe.media.exif import Exif, read_exif
from facepipe.media.photo_file import read_photo_file
from facepipe.media.photos import open_photo
from facepipe.media.readers import sample
from facepipe.media.sources import find_sources
from facepipe.settings import SamplingSettings
from facepipe.timespans import taken_s
from facepipe.xmp.exiftool import Exiftool
from facepipe.xmp.packet import packet_in
from facepipe.xmp.sidecars import packet_of

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'


def exif(taken: str | None = "2023:05:06 12:34:56", subseconds: str = "78", offset: str = "+02:00") -> Image.Exif:
    block = Image.Exif()
    block[0x0112], block[0x010F] = 6, "A maker whose name takes some bytes"
    block[0x8769] = {0x9003: taken, 0x9291: subseconds, 0x9011: offset} if taken is not None else {}
    return block


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tiff", ".heic", ".avif"])
def test_every_format_that_has_exif_says_when(tmp_path, suffix):
    needs_writer(suffix)
    path, block = tmp_path / f"a{suffix}", exif()
    options = {} if suffix == ".png" else {"xmp": XMP}
    if suffix == ".tiff":
        block[700], options = XMP, {}
    Image.new("RGB", (64, 48), "teal").save(path, exif=block.tobytes(), **options)
    (source,) = find_sources([path], pytest.fail, kinds=["photo"])
    (frame,) = sample(source, SamplingSettings())
    assert frame.taken == "2023-05-06T12:34:56.780+02:00"
    file = read_photo_file(path)
    assert (XMP in file.xmp) == (suffix != ".png")
    assert file.orientation == 6 or suffix in {".heic", ".avif"}  # their writer turns the pixels by it


@pytest.mark.parametrize("kind", [".jpg", ".webp", ".tif", ".avif", ".gif", ".jp2", ".png", "compressed.png"])
def test_xmp_is_found_where_others_write_it(tmp_path, kind):
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed")
    needs_writer(kind)
    path, zipped = tmp_path / f"a{kind}", ["-z"] if kind == "compressed.png" else []
    Image.new("RGB", (64, 48), "teal").save(path)
    subprocess.run(["exiftool", "-q", "-overwrite_original", *zipped, "-XMP:Title=Grandma", path], check=True)
    assert b"Grandma" in packet_in(read_photo_file(path).xmp) and b"Grandma" in packet_of(path)
    with Exiftool() as tool:
        assert packet_in(tool.packet(path)) == packet_of(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_xmp_in_any_encoding(tmp_path, encoding):
    packet = f"<?xpacket begin='\ufeff'?>{XMP.decode()}<!-- \u0107 --><?xpacket end='w'?>"
    Image.new("RGB", (64, 48), "teal").save(tmp_path / "a.jpg", xmp=packet.encode(encoding))
    assert packet_of(tmp_path / "a.jpg").decode() == packet


def moment(*parts) -> str:
    return read_exif(exif(*parts).tobytes()).taken


def test_times_as_cameras_write_them():
    assert moment("2023:05:06 12:34:56", "", "") == "2023-05-06T12:34:56"
    assert moment("2023-05-06T12:34:56", "123456", "-09:30") == "2023-05-06T12:34:56.123-09:30"
    assert moment("2023:05:06 12:34:56", "x", "Z") == "2023-05-06T12:34:56"
    for odd in ("0000:00:00 00:00:00", "2023:02:30 00:00:00", "    :  :     :  :  ", "", "yesterday"):
        assert moment(odd) == ""
    assert moment(None) == ""  # no other date stands in for it


@pytest.mark.parametrize("length", range(0, 160, 7))
def test_a_block_that_is_cut_off_says_what_it_holds(length):
    whole = exif().tobytes()
    found = read_exif(whole[:length])
    assert found.orientation in (None, 6) and read_exif(whole).taken.startswith(found.taken)


@pytest.mark.parametrize("order", "<>")
def test_a_big_tiff_is_read_as_others_are(order):
    block = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HHHQ", 43, 8, 0, 16)
    block += struct.pack(f"{order}QHHQH6xHHQQQ", 2, 0x0112, 3, 1, 6, 0x8769, 18, 1, 72, 0)
    block += struct.pack(f"{order}QHHQQQ", 1, 0x9003, 2, 20, 108, 0) + b"2023:05:06 12:34:56\0"
    assert read_exif(block) == Exif(6, "2023-05-06T12:34:56")
    for length in range(len(block)):
        assert read_exif(block[:length]).orientation in (None, 6)
    assert read_exif(block[:8] + b"\xff" * 8 + block[16:]) == Exif()  # an offset that no file has


def test_a_photo_without_exif_has_no_time(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg")
    assert open_photo(tmp_path / "a.jpg").file.taken == ""
    days = taken_s(["2023-05-06T00:00:00", "", "2023-05-07T00:00:00.500+09:00"])
    assert days[2] - days[0] == 86_400.5 and np.isnan(days[1])
