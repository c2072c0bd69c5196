"""From what a picture library gives to upright RGB, a band of rows at a time: there are never two whole copies."""

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import numpy as np
from PIL import Image

from facepipe.geometry import Size
from facepipe.media.orientation import turned, write_band

Bands = Iterator[tuple[int, Image.Image]]  # (first row, rows of the picture as wide as it), from top to bottom
BAND_BYTES = 1_000_000  # of RGB in a band; readers hold up to ten times that while they make one

_WHITES = (1.0, 255.0, 65535.0)  # of pictures in floating point: shares, 8 and 16 bits
_HIGHLIGHTS = 16.0  # shares may exceed 1 as far as this, for a lamp or the sun


def rows_in_band(width: int) -> int:
    """How many rows of a picture make a band."""
    return max(1, BAND_BYTES // (3 * width))


def upright_rgb(
    opened: AbstractContextManager[Callable[[], Bands]], size_wh: Size, orientation: int, mode: str
) -> np.ndarray:
    """RGB uint8 (H, W, 3), upright, of a stored picture of `size_wh` whose bands are what `opened` gives, called.

    Transparency becomes white, more than 8 bits become 8. mode: Pillow's; where it needs to know the brightest
    pixel first, the bands are gone through twice. ValueError: the bands are not what `size_wh` claims.
    """
    upright = np.empty((*turned(size_wh, orientation)[::-1], 3), np.uint8)
    with opened as bands:
        white = _white(mode, bands()) if mode.startswith(("I", "F")) else 255.0
        row = 0
        for top, band in bands():
            if (top, band.width) != (row, size_wh[0]) or top + band.height > size_wh[1]:
                break
            write_band(upright, orientation, top, _rgb(band, white))
            row += band.height
    if row != size_wh[1]:
        raise ValueError(f"it claims {size_wh[0]}x{size_wh[1]} pixels and holds others")
    return upright


def _white(mode: str, bands: Bands) -> float:
    """The value that is white in a picture of whole numbers (I) or floating point (F), seen from its brightest."""
    brightest = 0.0
    for _, band in bands:
        values = np.asarray(band)
        values = values[np.isfinite(values)] if mode == "F" else values
        brightest = max(brightest, float(values.max(initial=0)))
        if mode.startswith("I;16") and brightest > 255:
            return 65535.0  # what 16 bits hold, however dark the picture
    if mode == "F":
        if _WHITES[0] < brightest <= _HIGHLIGHTS:
            return brightest
        return next((white for white in _WHITES if brightest <= white), brightest)
    return next((white for white in _WHITES[1:] if brightest <= white), brightest)


def _rgb(image: Image.Image, white: float) -> np.ndarray:
    """RGB uint8 (h, w, 3) of a picture of any of Pillow's modes."""
    if image.mode.startswith(("I", "F")):  # which Pillow would clip at 255
        values = np.nan_to_num(np.asarray(image, np.float64), posinf=math.inf, neginf=0.0)
        image = Image.fromarray(np.clip(values * (255 / white) + 0.5, 0, 255).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("RGB"))
