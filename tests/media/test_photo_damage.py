"""What is wrong with a photo's file costs the photo only where its pixels are wrong, and never more than that photo."""

import random
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from photo_formats import needs_writer
from PIL import Image

from facepipe.errors import DecodeError
from facepipe.media import photo_decoders
from facepipe.media.photos import open_photo
from facepipe.media.readers import sample
from facepipe.media.sources import find_sources
from facepipe.settings import SamplingSettings

ON_ITS_SIDE = 6
ORIENTATION = struct.pack("<HHII", 0x0112, 3, 1, ON_ITS_SIDE)
NO_TAGS = b"\0\x08\0\x02\x01\x12\0\x03" * 3
HEADER = b"II*\0\x08\0\0\0"
# An EXIF block -> whether the orientation in it can be found.
BLOCKS = {
    "no_tiff_header": (NO_TAGS, False),
    "empty": (b"", False),
    "cut": (HEADER + b"\x05", False),
    "leads_outside": (b"II*\0\xff\xff\xff\x7f", False),
    "rational_by_zero": (HEADER + b"\2\0" + ORIENTATION + struct.pack("<HHII", 0x011A, 5, 1, 60) + bytes(40), True),
    "bad_type_beside": (HEADER + b"\2\0" + struct.pack("<HHII", 0x0110, 99, 7, 9) + ORIENTATION, True),
    "more_tags_than_there_are": (HEADER + b"\xff\xff" + ORIENTATION, True),
    "text_instead": (HEADER + b"\1\0" + struct.pack("<HHII", 0x0112, 2, 1, ON_ITS_SIDE), False),
}


def picture(size_wh=(64, 48)) -> Image.Image:
    x, y = np.meshgrid(np.arange(size_wh[0]), np.arange(size_wh[1]))
    return Image.fromarray(np.stack([x * 3 % 256, y * 5 % 256, (x + y) * 2 % 256], -1).astype(np.uint8))


def with_exif(path: Path, block: bytes) -> Path:
    """A good picture in the format of the suffix, with `block` where its EXIF belongs."""
    needs_writer(path.suffix)
    marked = HEADER + b"\1\0" + struct.pack("<HHII", 0x010F, 2, 300, 26) + bytes(4) + b"Q" * 300
    data = b""
    if path.suffix == ".png":
        picture().save(path)
        data = path.read_bytes()
        chunk = b"eXIf" + block
        chunk = struct.pack(">I", len(block)) + chunk + struct.pack(">I", zlib.crc32(chunk))
        data = data[:33] + chunk + data[33:]
    else:
        picture().save(path, quality=95, exif=b"Exif\0\0" + marked)
        data = path.read_bytes()
        place = data.index(HEADER, 20)  # of the same length: nothing else in the file has to change
        data = data[:place] + block.ljust(len(marked), b"\xff") + data[place + len(marked) :]
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".heic", ".avif"])
@pytest.mark.parametrize("block", BLOCKS)
def test_a_broken_exif_block_is_ignored(tmp_path, suffix, block):
    data, readable = BLOCKS[block]
    got = open_photo(with_exif(tmp_path / f"a{suffix}", data))
    turned = readable and suffix not in {".heic", ".avif"}  # whose orientation is a property of the picture
    assert got.size_wh == ((48, 64) if turned else (64, 48))
    image = got.rgb()
    if turned:
        image = np.rot90(image)
    assert np.abs(image.astype(int) - np.asarray(picture())).mean() < 4


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_a_broken_colour_profile_is_ignored(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    picture().save(path, icc_profile=b"this is no colour profile" * 9)
    assert open_photo(path).rgb().shape == (48, 64, 3)


@pytest.mark.parametrize("name", [b"iCCP", b"zTXt", b"iTXt", b"tEXt", b"pHYs", b"gAMA", b"acTL"])
def test_a_broken_chunk_beside_the_pixels_is_ignored(tmp_path, name):
    path = tmp_path / "a.png"
    picture().save(path)
    data = path.read_bytes()
    bomb = b"x\0\0" + zlib.compress(bytes(80_000_000))  # text that is 80 MB long
    path.write_bytes(data[:33] + struct.pack(">I", len(bomb)) + name + bomb + b"\0\1\2\3" + data[33:])
    assert np.array_equal(open_photo(path).rgb(), np.asarray(picture()))


def test_tags_of_a_tiff_that_say_nothing_about_pixels_are_ignored(tmp_path):
    path = tmp_path / "a.tif"
    picture().save(path, dpi=(72, 72), software="x" * 20)
    data = bytearray(path.read_bytes())
    (start,) = struct.unpack_from("<I", data, 4)
    for entry in range(start + 2, start + 2 + 12 * struct.unpack_from("<H", data, start)[0], 12):
        if struct.unpack_from("<H", data, entry)[0] in (282, 283, 296, 305):  # resolution, its unit, software
            struct.pack_into("<HII", data, entry + 2, 2, 1 << 30, 0xFFFFFFF0)
    path.write_bytes(data)
    assert np.array_equal(open_photo(path).rgb(), np.asarray(picture()))


@pytest.mark.parametrize("missing", [2, 40, 0.05, 0.5])
def test_a_jpeg_without_its_end_is_used_and_said_to_lack_it(tmp_path, missing):
    path = tmp_path / "a.jpg"
    picture((320, 240)).save(path, quality=90)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) - (missing if missing > 1 else int(missing * len(data)))])
    (source,) = find_sources([path], pytest.fail, kinds=["photo"])
    warnings = []
    (frame,) = sample(source, SamplingSettings(), warn=warnings.append)
    assert len(warnings) == 1 and "a.jpg lacks its end" in warnings[0]
    image = frame.picture.rgb()
    rows = 60 if missing == 0.5 else 200
    assert np.abs(image[:rows].astype(int) - np.asarray(picture((320, 240)))[:rows]).mean() < 4


def test_a_jpeg_with_more_behind_its_end_is_whole(tmp_path):
    path = tmp_path / "a.jpg"
    picture().save(path)
    path.write_bytes(path.read_bytes() + b"the film of a moving photo" * 1000)
    open_photo(path, pytest.fail)


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif", ".gif", ".bmp"])
def test_other_pictures_without_their_end_are_refused_in_one_line(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (200, 300, 3), np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(DecodeError, match=rf"a\{suffix}") as error:
        open_photo(path).rgb()
    assert "\n" not in str(error.value)


def test_what_pillow_cannot_identify_is_said_without_addresses_in_memory(tmp_path):
    path = tmp_path / "a.tiff"
    cv2.imwrite(str(path), np.zeros((8, 8, 3), np.float32))
    with pytest.raises(DecodeError, match=r"a\.tiff .*: cannot identify image file$"):
        open_photo(path)


def test_a_file_that_would_start_another_program_is_no_picture(tmp_path, monkeypatch):
    for name in ("subprocess.Popen", "os.system", "subprocess.check_call"):
        monkeypatch.setattr(name, lambda *args, **more: pytest.fail("a program was started"))
    path = tmp_path / "a.jpg"
    path.write_bytes(
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n%%EndComments\n100 100 moveto showpage\n%%EOF\n"
    )
    with pytest.raises(DecodeError, match="format"):
        open_photo(path).rgb()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_tiff_is_turned_once(tmp_path, orientation):
    upright = np.asarray(picture())
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright),
        7: upright.transpose(1, 0, 2)[::-1, ::-1],
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.ascontiguousarray(stored)).save(tmp_path / "a.tif", exif=exif)
    got = open_photo(tmp_path / "a.tif")
    assert got.size_wh == (64, 48)
    assert np.array_equal(got.rgb(), upright)


@pytest.mark.parametrize("peak", [1.0, 3.5, 200.0, 60000.0, 1e6])
def test_floating_point_is_scaled(tmp_path, peak):
    ramp = np.linspace(0, 1, 64 * 48, dtype=np.float32).reshape(48, 64)
    values = ramp * np.float32(peak)
    values[0, :3] = np.nan, np.inf, -5.0
    Image.fromarray(values).save(tmp_path / "a.tif")
    got = open_photo(tmp_path / "a.tif").rgb()[..., 0].astype(int)
    white = {200.0: 255, 60000.0: 65535}.get(peak, peak)
    assert np.abs(got - 255 * values / white)[1:].max() <= 1
    assert got[0, :3].tolist() == [0, 255, 0]


def test_a_header_that_lies_about_the_size_is_found_out(tmp_path):
    path = tmp_path / "a.heic"
    pytest.importorskip("pillow_heif").from_pillow(picture()).save(path)
    data = path.read_bytes()
    place = data.index(b"ispe") + 8
    path.write_bytes(data[:place] + struct.pack(">II", 48, 64) + data[place + 8 :])
    try:
        got = open_photo(path)
        assert got.rgb().shape == (48, 64, 3) == (*got.size_wh[::-1], 3)  # a libheif that looks at the pixels
    except DecodeError as error:
        assert "a.heic" in str(error)


def test_pixels_that_are_not_those_of_the_header_are_found_out(tmp_path):
    picture().save(tmp_path / "a.png")
    got = open_photo(tmp_path / "a.png")
    picture((48, 64)).save(tmp_path / "a.png")  # and nothing in the picture is as its header said
    with pytest.raises(DecodeError, match=r"a\.png .*claims 64x48 pixels and holds"):
        got.rgb()


def test_nothing_is_said_on_the_console(tmp_path, capfd):
    rng = random.Random(0)
    picture().save(tmp_path / "a.tif", exif=b"Exif\0\0" + BLOCKS["rational_by_zero"][0])
    picture().save(tmp_path / "a.bmp")
    for path in (tmp_path / "a.tif", tmp_path / "a.bmp"):
        data = path.read_bytes()
        for _ in range(60):
            broken = bytearray(data)
            broken[rng.randrange(8, len(data))] = rng.randrange(256)
            path.write_bytes(broken[: rng.choice([len(data), len(data) // 2])])
            try:
                open_photo(path).rgb()
            except DecodeError as error:
                assert "\n" not in str(error)
    assert capfd.readouterr() == ("", "")


def test_names_with_control_characters_are_shown_without_them(tmp_path):
    path = tmp_path / "a\x1b[31m\n.jpg"
    path.write_bytes(b"no picture")
    with pytest.raises(DecodeError) as error:
        open_photo(path)
    assert str(error.value).isprintable()


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    """A small picture of every format, some with metadata."""
    folder = tmp_path_factory.mktemp("seeds")
    exif = b"Exif\0\0" + HEADER + b"\1\0" + ORIENTATION + bytes(4)
    image, grey = picture(), picture().convert("L")
    image.save(folder / "a.jpg", exif=exif, icc_profile=b"abc")
    image.save(folder / "progressive.jpg", progressive=True)
    image.save(folder / "a.png", exif=exif)
    image.quantize(16).save(folder / "palette.png", transparency=2)
    Image.fromarray(np.asarray(grey).astype(np.uint16) * 257).save(folder / "deep.png")
    image.save(folder / "a.webp", exif=exif)
    image.save(folder / "a.tif", exif=exif)
    image.save(folder / "lzw.tif", compression="tiff_lzw")
    grey.convert("F").save(folder / "float.tif")
    for suffix in ("gif", "bmp", "ppm"):
        image.save(folder / f"a.{suffix}")
    return sorted(folder.iterdir())


@pytest.mark.parametrize("frugal", [False, True])
def test_mutated_files_give_a_picture_or_one_line(seeds, tmp_path, monkeypatch, frugal):
    """`slow` fuzzing of every reader is elsewhere; here each format gets a little of it, on both ways of decoding."""
    monkeypatch.setattr(photo_decoders, "EASY_BYTES", 0 if frugal else photo_decoders.EASY_BYTES)
    rng = random.Random(frugal)
    for seed in seeds:
        data, path = seed.read_bytes(), tmp_path / seed.name
        for round_ in range(25):
            broken = bytearray(data)
            for _ in range(rng.choice([1, 2, 8])):
                place = rng.randrange(len(data) if round_ % 2 else min(300, len(data)))
                broken[place : place + 1] = rng.choice([b"\0", b"\xff", rng.randbytes(1), b""])
            path.write_bytes(broken[: rng.randrange(len(data))] if round_ % 5 == 4 else broken)
            try:
                got = open_photo(path)
                assert got.rgb().shape == (*got.size_wh[::-1], 3)
            except DecodeError as error:
                assert str(path) in str(error) and "\n" not in str(error)
