"""How a photo is decoded, and what memory that takes: known from its header, before anything is decoded."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from importlib import import_module

import cv2
import numpy as np
from PIL import Image

from facepipe.errors import DecodeError
from facepipe.files.names import printable
from facepipe.geometry import Size
from facepipe.media.memory import PHOTO_BYTES
from facepipe.media.orientation import TAG, UPRIGHT, turn_in_place, turned, valid
from facepipe.media.photo_file import PhotoFile
from facepipe.media.pillow import SILENCE, opened
from facepipe.media.pixels import Bands, rows_in_band, upright_rgb
from facepipe.media.png_bands import png_bands, png_is_interlaced
from facepipe.media.spliced import open_spliced
from facepipe.media.tiff import read_tiff

EASY_BYTES = PHOTO_BYTES // 2  # up to which Pillow decodes everything: two at a time fit
_RGB = 3
_WORK_BYTES = 20_000_000  # for what decoders hold of a picture that they go through in bands
# Bytes a pixel that Pillow's readers need besides the picture: libwebp's animation decoder has three copies of it,
# OpenJPEG 4 bytes a sample, libavif the planes and two copies, a GIF its colours.
_SCRATCH = {"WEBP": 12.0, "JPEG2000": 16.0, "AVIF": 14.0, "GIF": 4.0}
_OPENCV = ("BMP", "JPEG", "PPM", "WEBP")  # what OpenCV decodes line by line
_KINDS = {"WEBP": "WebP", "JPEG2000": "JPEG 2000"}


@dataclass(frozen=True, slots=True)
class PhotoDecoder:
    """size_wh: upright. kind: what it is, in words. peak: bytes that decoding takes, the picture included.

    decode: gives upright RGB uint8 (H, W, 3), contiguous; raises whatever its library does for a damaged file.
    pages: how many pictures the file holds, of which that is the first.
    """

    size_wh: Size
    kind: str
    peak: int
    decode: Callable[[], np.ndarray]
    pages: int = 1


def choose_decoder(file: PhotoFile) -> PhotoDecoder:
    """The decoder of a photo: Pillow's where there is room for it, one that needs less for large pictures."""
    if file.format == "TIFF":
        return _tiff(file)
    if file.format == "HEIF":
        return _heif(file)
    with opened(open_spliced(file.path, file.parts), file.format) as image:
        size_wh, mode, animated = image.size, image.mode, getattr(image, "is_animated", False)
        orientation = file.orientation
        if file.format == "AVIF":  # as its properties say, not its EXIF
            orientation = valid(image.getexif().get(TAG, UPRIGHT))
    size, kind, pixels = turned(size_wh, orientation), _KINDS.get(file.format, file.format), size_wh[0] * size_wh[1]
    stored = {"1": 1, "L": 1, "P": 1}.get(mode, 2 if mode.startswith("I;16") else 4)  # bytes a pixel in Pillow
    peak = round(pixels * (_RGB + stored + _SCRATCH.get(file.format, 0.0) + file.scratch)) + _WORK_BYTES
    if peak > EASY_BYTES:
        frugal = _RGB * pixels + _WORK_BYTES
        if file.format == "PNG":
            if not png_is_interlaced(file):
                return PhotoDecoder(
                    size, kind, frugal, lambda: upright_rgb(png_bands(file), size_wh, orientation, mode)
                )
            kind = "interlaced PNG"
        if file.scratch and file.format == "JPEG":
            kind = "progressive JPEG"
        opaque = mode in ("RGB", "L", "CMYK") and not animated
        # Of a JPEG without its end OpenCV complains on the console.
        if opaque and file.format in _OPENCV and not (file.cut and peak <= PHOTO_BYTES):
            frugal += round(pixels * file.scratch)
            return PhotoDecoder(size, kind, frugal, lambda: _with_opencv(file, size_wh, orientation))
    return PhotoDecoder(size, kind, peak, lambda: upright_rgb(_loaded(file, size_wh), size_wh, orientation, mode))


@contextmanager
def _loaded(file: PhotoFile, size_wh: Size) -> Iterator[Callable[[], Bands]]:
    """The bands of a picture that Pillow decodes as a whole."""
    with opened(open_spliced(file.path, file.parts), file.format) as image:
        image.load()
        if image.size != size_wh:
            raise ValueError(f"it claims {size_wh[0]}x{size_wh[1]} pixels and holds {image.width}x{image.height}")
        yield lambda: _bands(image)


def _bands(image: Image.Image) -> Bands:
    rows = rows_in_band(image.width)
    for top in range(0, image.height, rows):
        yield top, image.crop((0, top, image.width, min(image.height, top + rows)))


def _with_opencv(file: PhotoFile, size_wh: Size, orientation: int) -> np.ndarray:
    """OpenCV decodes line by line into the picture itself; so that is turned in place."""
    stored = np.empty((size_wh[1], size_wh[0], 3), np.uint8)
    with SILENCE:
        given = cv2.imread(str(file.path), stored, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if given is None or given.shape != stored.shape:
        raise ValueError(f"it claims {size_wh[0]}x{size_wh[1]} pixels and does not hold them")
    rows = rows_in_band(size_wh[0])
    for top in range(0, len(given), rows):
        band = given[top : top + rows]
        cv2.cvtColor(band, cv2.COLOR_BGR2RGB, dst=band)
    return turn_in_place(given, orientation)


def _tiff(file: PhotoFile) -> PhotoDecoder:
    tiff = read_tiff(file.path)
    peak = _RGB * tiff.size_wh[0] * tiff.size_wh[1] + max(_WORK_BYTES, 2 * tiff.band_bytes)
    return PhotoDecoder(
        turned(tiff.size_wh, file.orientation),
        "TIFF in large pieces" if tiff.band_bytes > EASY_BYTES // 4 else "TIFF",
        peak,
        lambda: upright_rgb(tiff.opened(), tiff.size_wh, file.orientation, tiff.mode),
        tiff.pages,
    )


def _heif(file: PhotoFile) -> PhotoDecoder:
    try:
        pillow_heif = import_module("pillow_heif")
    except ImportError as error:
        raise DecodeError(f"{printable(file.path)} needs pillow-heif to be read: pip install pillow-heif") from error

    def primary():
        with open_spliced(file.path, file.parts) as stream:
            heif = pillow_heif.open_heif(stream, convert_hdr_to_8bit=True)
        return heif[heif.primary_index]

    image = primary()
    size_wh, mode = image.size, image.mode
    # Planes of 1.5 samples a pixel, and the picture itself; what is not RGB (grey, transparent) is converted.
    deep = 2 if image.info.get("bit_depth", 8) > 8 else 1
    a_pixel = 2.0 * deep + (_RGB if mode == "RGB" else 2 * 4 + _RGB)

    def decode() -> np.ndarray:
        image = primary()
        if image.mode != "RGB":
            stored = image.to_pillow()
            return upright_rgb(nullcontext(lambda: _bands(stored)), size_wh, UPRIGHT, stored.mode)
        pixels = np.asarray(image)[:, : image.size[0]]
        if image.size != size_wh or pixels.dtype != np.uint8:
            raise ValueError(f"it claims {size_wh[0]}x{size_wh[1]} pixels and holds {image.size[0]}x{image.size[1]}")
        return np.ascontiguousarray(pixels)

    return PhotoDecoder(size_wh, "HEIC", round(size_wh[0] * size_wh[1] * a_pixel) + _WORK_BYTES, decode)
