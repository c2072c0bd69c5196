"""Large photos: read in bands that come out as the whole does, within a memory that all threads share."""

import gc
import struct
import subprocess
import sys
import threading
import time
import zlib

import cv2
import numpy as np
import pytest
from commandline import environment, state
from PIL import Image

from facepipe.errors import DecodeError
from facepipe.imaging import shrink as shrinking
from facepipe.media import memory, orientation, photo_decoders, pixels, png_bands, tiff
from facepipe.media.memory import PHOTO_BYTES, MemoryBudget
from facepipe.media.photos import open_photo

GIGABYTE = 10**9


def noisy(size_wh=(333, 217)) -> Image.Image:
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (size_wh[1] // 8 + 1, size_wh[0] // 8 + 1, 3), np.uint8)
    return Image.fromarray(cv2.resize(coarse, size_wh, interpolation=cv2.INTER_CUBIC))


def alpha(image: Image.Image) -> Image.Image:
    image = image.convert("RGBA")
    image.putalpha(Image.fromarray(np.random.default_rng(1).integers(0, 256, image.size[::-1], np.uint8)))
    return image


def deep(image: Image.Image) -> np.ndarray:
    return np.asarray(image).astype(np.uint16) * 255 + 7


def make(path, kind: str):
    """A picture of that kind in the format of the path's suffix."""
    image = noisy()
    name, _, option = kind.partition(":")
    options = {"compression": option} if path.suffix == ".tif" and option else {}
    if name == "16":
        Image.fromarray(deep(image.convert("L"))).save(path, **options)
    elif name == "16x3":
        cv2.imwrite(str(path), deep(image)[..., ::-1])
    elif name == "16x4":
        cv2.imwrite(str(path), deep(alpha(image))[..., [2, 1, 0, 3]])
    elif name == "key":
        image.save(path, transparency=tuple(np.asarray(image)[0, 0].tolist()))
    elif name == "palette":
        image.quantize(2 ** int(option)).save(path, bits=int(option), transparency=1)
    elif name in {"F", "I"}:
        image.convert("L").convert(name).save(path, **options)
    else:
        alpha(image).convert(name).save(path, **options)
    return path


PNGS = ["1", "L", "LA", "P", "RGB", "RGBA", "16", "16x3", "16x4", "key", "palette:1", "palette:2", "palette:4"]
TIFFS = ["1:group4", "L", "RGB", "RGBA", "CMYK", "P", "16", "F", "I", "RGB:tiff_lzw", "RGB:tiff_adobe_deflate"]
TIFFS += ["RGB:jpeg", "RGBA:packbits", "16:tiff_lzw"]


def expected(path) -> np.ndarray:
    """As Pillow sees it, by the rules of `pixels`."""
    with Image.open(path) as image:
        image.load()
        values = np.asarray(image)
        if image.mode.startswith("I") and values.max() > 255:
            return np.stack([np.clip(values * (255 / 65535) + 0.5, 0, 255).astype(np.uint8)] * 3, -1)
        if image.mode in {"I", "F"}:
            return np.stack([values.astype(np.uint8)] * 3, -1)
        if image.has_transparency_data:
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        return np.asarray(image.convert("RGB"))


@pytest.fixture(params=[20_000, 3_000])
def small_bands(request, monkeypatch):
    monkeypatch.setattr(photo_decoders, "EASY_BYTES", 0)
    for module in (pixels, png_bands, tiff):
        monkeypatch.setattr(module, "BAND_BYTES", request.param)


@pytest.mark.parametrize("kind", PNGS)
def test_a_png_in_bands_is_the_whole(tmp_path, small_bands, kind):
    path = make(tmp_path / "a.png", kind)
    assert np.array_equal(open_photo(path).rgb(), expected(path))


@pytest.mark.parametrize("kind", TIFFS)
def test_a_tiff_in_bands_is_the_whole(tmp_path, small_bands, kind):
    path = make(tmp_path / "a.tif", kind)
    assert np.array_equal(open_photo(path).rgb(), expected(path))


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("layout", ["planes", "tiles", "one_strip", "big"])
def test_layouts_of_tiffs(tmp_path, small_bands, order, layout):
    """What Pillow does not write: samples apart, tiles, a strip that holds everything, offsets of 64 bits."""
    image = np.asarray(noisy((70, 50)))
    big, tags = layout == "big", {256: 70, 257: 50, 258: (8, 8, 8), 259: 1, 262: 2, 277: 3, 284: 1}
    if layout == "planes":
        pieces = [image[top : top + 16, :, plane] for plane in range(3) for top in range(0, 50, 16)]
        tags |= {284: 2, 278: 16}
    elif layout == "tiles":
        padded = np.zeros((64, 80, 3), np.uint8)
        padded[:50, :70] = image
        pieces = [padded[y : y + 16, x : x + 16] for y in range(0, 64, 16) for x in range(0, 80, 16)]
        tags |= {322: 16, 323: 16}
    else:
        pieces = [image]
    data = [np.ascontiguousarray(piece).tobytes() for piece in pieces]
    starts = np.cumsum([16, *map(len, data)])[:-1].tolist()
    tags |= {324: starts, 325: [*map(len, data)]} if layout == "tiles" else {273: starts, 279: [*map(len, data)]}
    (tmp_path / "a.tif").write_bytes(directory(b"".join(data), tags, order, big))
    assert np.array_equal(open_photo(tmp_path / "a.tif").rgb(), image)


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", "<>")
def test_a_tiff_says_in_one_place_which_way_up_it_is(tmp_path, order, big):
    image = np.asarray(noisy((70, 50)))
    tags = {256: 70, 257: 50, 258: (8, 8, 8), 259: 1, 262: 2, 273: 16, 274: 6, 277: 3, 279: image.nbytes}
    (tmp_path / "a.tif").write_bytes(directory(image.tobytes(), tags, order, big))
    picture = open_photo(tmp_path / "a.tif")
    assert (picture.file.orientation, picture.stored_wh, picture.size_wh) == (6, (70, 50), (50, 70))
    assert np.array_equal(picture.rgb(), np.rot90(image, -1))


def directory(body: bytes, tags: dict, order: str, big: bool) -> bytes:
    """A TIFF (or BigTIFF) of `body`, which starts at offset 16, with tags of type LONG."""
    wide, room = ("Q", 8) if big else ("I", 4)
    out = bytearray(16) + body
    table = struct.pack(order + ("Q" if big else "H"), len(tags))
    for number, values in sorted(tags.items()):
        values = values if isinstance(values, (list, tuple)) else [values]
        packed = struct.pack(f"{order}{len(values)}I", *values)
        if len(packed) > room:
            packed, place = struct.pack(order + wide, len(out)), packed
            out += place
        table += struct.pack(order + "HH" + wide, number, 4, len(values)) + packed.ljust(room, b"\0")
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "H", 43 if big else 42)
    head += struct.pack(order + "HHQ", 8, 0, len(out)) if big else struct.pack(order + "I", len(out))
    out[: len(head)] = head
    return bytes(out + table + bytes(8))


@pytest.mark.parametrize("suffix", [".jpg", ".bmp", ".ppm", ".webp"])
@pytest.mark.parametrize("tag", range(1, 9))
def test_what_opencv_decodes_is_what_pillow_does(tmp_path, monkeypatch, suffix, tag):
    exif = Image.Exif()
    exif[0x0112] = tag
    options = {"exif": exif, "quality": 90} if suffix in {".jpg", ".webp"} else {}
    noisy().save(tmp_path / f"a{suffix}", **options)
    small = open_photo(tmp_path / f"a{suffix}").rgb()
    monkeypatch.setattr(photo_decoders, "EASY_BYTES", 0)
    monkeypatch.setattr(orientation, "_WORK_BYTES", 5000)
    large = open_photo(tmp_path / f"a{suffix}")
    assert large.size_wh == small.shape[1::-1]
    assert np.abs(large.rgb().astype(int) - small).max() <= (2 if suffix == ".webp" else 0)


@pytest.mark.parametrize("size_wh", [(64, 48), (37, 53), (1, 9), (9, 1), (101, 53)])
@pytest.mark.parametrize("work", [150, 1000, 10**6])
def test_turning_in_place(monkeypatch, size_wh, work):
    monkeypatch.setattr(orientation, "_WORK_BYTES", work)
    stored = np.random.default_rng(0).integers(0, 256, (*size_wh[::-1], 3), np.uint8)
    for tag in range(1, 9):
        upright = np.empty((*orientation.turned(size_wh, tag)[::-1], 3), np.uint8)
        for top in range(0, len(stored), 5):
            orientation.write_band(upright, tag, top, stored[top : top + 5])
        assert np.array_equal(orientation.as_stored(upright, tag), stored)
        memory = stored.copy()
        turned = orientation.turn_in_place(memory, tag)
        assert np.array_equal(turned, upright)
        assert np.shares_memory(turned, memory)


@pytest.mark.parametrize("band", [1, 5000, 40_000])
def test_shrinking_in_bands_is_shrinking(monkeypatch, band):
    rng = np.random.default_rng(0)
    for _ in range(40):
        size_wh = rng.integers(1, 300, 2)
        image = rng.integers(0, 256, (*size_wh[::-1], 3), np.uint8)
        target = tuple(int(rng.integers(1, side + 1)) for side in size_wh)
        monkeypatch.setattr(shrinking, "_BAND_BYTES", 10**9)
        whole = shrinking.shrink(image, target)
        monkeypatch.setattr(shrinking, "_BAND_BYTES", band)
        assert np.array_equal(shrinking.shrink(image, target), whole)


@pytest.mark.parametrize(("options", "words"), [({}, None), ({"progressive": True}, "progressive JPEG takes 1.5 GB")])
def test_what_would_take_too_much_memory_is_refused_in_one_line(tmp_path, options, words):
    path = tmp_path / "a.jpg"
    noisy().save(path, **options)
    data = bytearray(path.read_bytes())
    frame = data.index(b"\xff\xc2" if options else b"\xff\xc0")
    struct.pack_into(">HH", data, frame + 5, 12500, 20000)
    path.write_bytes(data)
    if words is None:
        assert open_photo(path).size_wh == (20000, 12500)
        return
    with pytest.raises(DecodeError, match=words) as error:
        open_photo(path)
    assert "\n" not in str(error.value)


class TestBudget:
    def test_pixels_count_until_nobody_uses_them(self):
        budget = MemoryBudget(1000)
        with budget.decoding(800) as share:
            assert budget.taken == 800
            image = np.zeros(300, np.uint8)
            share.keep(image)
        assert budget.taken == 300
        view = image[5:]
        del image
        gc.collect()
        assert budget.taken == 300
        del view
        assert budget.taken == 0

    def test_a_failed_decoding_gives_everything_back(self):
        budget = MemoryBudget(1000)
        with pytest.raises(ZeroDivisionError), budget.decoding(800):
            1 / 0  # noqa: B018
        assert budget.taken == 0

    def test_threads_wait_for_each_other(self):
        budget, most, running = MemoryBudget(1000), [], 0
        lock = threading.Lock()

        def work():
            nonlocal running
            with budget.decoding(400):
                with lock:
                    running += 1
                    most.append(running)
                time.sleep(0)
                with lock:
                    running -= 1

        threads = [threading.Thread(target=work) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(most) == 20 and max(most) <= 2 and budget.taken == 0

    def test_more_than_there_is_waits_for_all_others(self):
        budget, order = MemoryBudget(1000), []
        entered, leave = threading.Event(), threading.Event()

        def small():
            with budget.decoding(10):
                entered.set()
                leave.wait(10)
                order.append("small")

        def large():
            entered.wait(10)
            leave.set()
            with budget.decoding(5000):
                order.append("large")

        threads = [threading.Thread(target=target) for target in (small, large)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert order == ["small", "large"]

    def test_who_holds_pixels_does_not_wait_for_himself(self):
        budget = MemoryBudget(1000)
        with budget.decoding(900) as share:
            first = np.zeros(900, np.uint8)
            share.keep(first)
        with budget.decoding(900):
            assert budget.taken == 1800

    def test_nobody_waits_for_ever(self, monkeypatch):
        monkeypatch.setattr(memory, "_PATIENCE_S", 0.02)
        monkeypatch.setattr(memory, "_GLANCE_S", 0.01)
        budget, done = MemoryBudget(1000), []

        def want():
            with budget.decoding(900):
                done.append(True)

        with budget.decoding(900):  # and waits for the other
            thread = threading.Thread(target=want)
            thread.start()
            thread.join(10)
        assert done == [True]

    def test_pictures_in_a_reference_cycle_are_collected(self, monkeypatch):
        budget, done = MemoryBudget(1000), []

        def hold():
            with budget.decoding(900) as share:
                cycle = [np.zeros(900, np.uint8)]
                share.keep(cycle[0])
                cycle.append(cycle)

        def want():
            with budget.decoding(900):
                done.append(True)

        monkeypatch.setattr(memory, "_GLANCE_S", 0.01)
        gc.disable()
        try:
            for target in (hold, want):
                thread = threading.Thread(target=target)
                thread.start()
                thread.join(10)
        finally:
            gc.enable()
        assert done == [True]

    def test_photos_of_one_process_share_a_budget(self, tmp_path):
        from facepipe.media.memory import PHOTOS

        noisy().save(tmp_path / "a.png")
        gc.collect()
        before = PHOTOS.taken
        picture = open_photo(tmp_path / "a.png")
        picture.rgb()
        assert (PHOTOS.taken - before, PHOTOS.total) == (3 * 333 * 217, PHOTO_BYTES)
        del picture
        assert PHOTOS.taken == before


# The main job, and how much memory the whole process has taken at most.
# The peak of this program alone: ru_maxrss begins with what the process that started it had.
RUN = """
import pathlib, sys
from facepipe.cli import main
code = main(sys.argv[1:])
print(code, pathlib.Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""


def write_deep_png(path, size_wh):
    """A grey PNG of 16 bits, without ever holding it."""
    width, height = size_wh
    row = b"\0" + np.linspace(0, 65535, width).astype(">u2").tobytes()
    packer = zlib.compressobj(1)

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    with path.open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 0, 0, 0, 0)))
        for _ in range(height):
            if data := packer.compress(row):
                file.write(chunk(b"IDAT", data))
        file.write(chunk(b"IDAT", packer.flush()) + chunk(b"IEND", b""))


@pytest.fixture(scope="module")
def giants(tmp_path_factory):
    """Photos of 250 megapixels, and one of 177."""
    folder = tmp_path_factory.mktemp("giants")
    image = noisy().resize((20000, 12500))
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(folder / "a.jpg", quality=80)
    image.save(folder / "turned.jpg", quality=81, exif=exif)
    image.save(folder / "a.tif", compression="tiff_lzw")
    image.save(folder / "a.png", compress_level=1)
    write_deep_png(folder / "deep.png", (14200, 12500))
    write_deep_png(folder / "deepest.png", (20000, 12500))
    return folder


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
@pytest.mark.parametrize("threads", [2, 4])
def test_the_largest_photos_stay_within_the_stated_memory(giants, tmp_path, threads):
    options = ("--images", giants, "--out", tmp_path / "out", "--detector", "hog", "--threads", threads, "--quiet")
    command = [sys.executable, "-c", RUN, "run", *map(str, options)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    code, kilobytes = map(int, done.stdout.split())
    assert code == 3, done.stderr  # there is nobody in them
    assert "no face found in 6 frames" in done.stderr and state(tmp_path / "out")["failures"] == []
    assert kilobytes * 1024 < 1.2 * GIGABYTE
