"""Photos of every format come upright, as 8-bit RGB; broken ones are said to be broken."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from photo_formats import needs_writer
from PIL import Image

from facepipe.errors import DecodeError
from facepipe.media.photos import open_photo
from facepipe.media.readers import count_samples, sample
from facepipe.media.sources import find_sources
from facepipe.settings import SamplingSettings


def quadrants() -> np.ndarray:
    """Red top left, green top right, blue bottom left, white bottom right; 64x48."""
    image = np.full((48, 64, 3), 255, np.uint8)
    image[:24, :32], image[:24, 32:], image[24:, :32] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    return image


def save(path: Path, mode: str = "RGB", **options) -> Path:
    Image.fromarray(quadrants()).convert(mode).save(path, **options)
    return path


def corners(image: np.ndarray) -> str:
    letters = {(1, 0, 0): "r", (0, 1, 0): "g", (0, 0, 1): "b", (1, 1, 1): "w"}
    points = ((8, 8), (8, -8), (-8, 8), (-8, -8))
    return "".join(letters.get(tuple((image[point] > 128).astype(int).tolist()), "?") for point in points)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp", ".tiff", ".gif", ".heic", ".avif"])
def test_formats(tmp_path, suffix):
    needs_writer(suffix)
    picture = open_photo(save(tmp_path / f"a{suffix}"))
    image = picture.rgb()
    assert (picture.size_wh, image.shape, image.dtype) == ((64, 48), (48, 64, 3), np.uint8)
    assert corners(image) == corners(picture.rgb((32, 24))) == "rgbw"
    assert picture.rgb((32, 24)).shape == (24, 32, 3)


@pytest.mark.parametrize(
    ("orientation", "seen"),
    [(1, "rgbw"), (2, "grwb"), (3, "wbgr"), (4, "bwrg"), (5, "rbgw"), (6, "brwg"), (7, "wgbr"), (8, "gwrb")],
)
def test_exif_orientation(tmp_path, orientation, seen):
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = open_photo(save(tmp_path / "a.jpg", quality=95, exif=exif))
    assert picture.size_wh == ((48, 64) if orientation > 4 else (64, 48))
    assert picture.rgb().shape[1::-1] == picture.size_wh
    assert corners(picture.rgb()) == seen


@pytest.mark.parametrize(
    ("mode", "suffix"),
    [("CMYK", ".jpg"), ("P", ".png"), ("1", ".png"), ("L", ".jpg"), ("YCbCr", ".jpg"), ("L", ".heic"), ("L", ".avif")],
)
def test_modes(tmp_path, mode, suffix):
    needs_writer(suffix)
    image = open_photo(save(tmp_path / f"a{suffix}", mode)).rgb()
    assert (image.shape, image.dtype) == ((48, 64, 3), np.uint8)
    assert image[-8, -8].min() > 240
    if mode in {"CMYK", "P", "YCbCr"}:
        assert corners(image) == "rgbw"


def test_sixteen_bits(tmp_path):
    ramp = np.linspace(0, 65535, 64 * 48).reshape(48, 64).astype(np.uint16)
    Image.fromarray(ramp).save(tmp_path / "a.png")
    image = open_photo(tmp_path / "a.png").rgb()
    assert np.abs(image[..., 0].astype(int) - (ramp / 257).round()).max() <= 1


@pytest.mark.parametrize(
    ("mode", "suffix"), [("RGBA", ".png"), ("LA", ".png"), ("RGBA", ".heic"), ("LA", ".heic"), ("RGBA", ".avif")]
)
def test_transparent_becomes_white(tmp_path, mode, suffix):
    needs_writer(suffix)
    path = tmp_path / f"a{suffix}"
    image = Image.new(mode, (64, 64), (200,) * (len(mode) - 1) + (0,))
    image.paste((0,) * (len(mode) - 1) + (255,), (0, 0, 32, 64))
    image.save(path)
    got = open_photo(path).rgb()
    assert got.shape == (64, 64, 3) and got[8, 8].max() <= 5 and got[8, 56].min() >= 250


def test_of_an_animation_the_first_frame(tmp_path):
    frames = [Image.fromarray(quadrants()), Image.new("RGB", (64, 48), "black")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert corners(open_photo(tmp_path / "a.gif").rgb()) == "rgbw"


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tiff", "a.heic", "a.avif", "a.webp"])
def test_not_a_picture(tmp_path, name):
    (tmp_path / name).write_bytes(b"hello\n" * 100)
    with pytest.raises(DecodeError, match=name) as error:
        open_photo(tmp_path / name)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("side", [16_000, 60_000])
def test_a_header_that_claims_a_giant_picture_is_refused(tmp_path, side):
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    path = tmp_path / "bomb.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b""))
    with pytest.raises(DecodeError, match=r"bomb\.png"):
        open_photo(path)


def test_of_a_stereo_camera_the_first_picture(tmp_path):
    left, right = Image.fromarray(quadrants()), Image.new("RGB", (64, 48), "black")
    left.save(tmp_path / "a.mpo", "MPO", save_all=True, append_images=[right], quality=95)
    (source,) = find_sources([tmp_path], pytest.fail, kinds=("photo",))
    assert corners(open_photo(source.path).rgb()) == "rgbw"


def test_a_photo_is_a_source_of_one_frame(tmp_path):
    path = save(tmp_path / "a.png")
    (source,) = find_sources([path], pytest.fail, kinds=["photo"])
    settings = SamplingSettings(skip=5.0)
    (frame,) = sample(source, settings)
    assert (frame.ref.index, frame.ref.time_s, frame.size_wh, count_samples(source, settings)) == (0, 0.0, (64, 48), 1)
    assert np.array_equal(frame.picture.rgb(), quadrants())
    (frame,) = sample(source, settings, is_done=lambda ref: True)
    assert frame.picture is None


def test_real_photos(shared_data):
    for path in sorted((shared_data / "scenes").glob("*.jpg"))[:4]:
        picture = open_photo(path)
        assert picture.rgb().shape[1::-1] == picture.size_wh
