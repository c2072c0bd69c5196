"""Tiles, and text in any alphabet that DejaVu has."""

import math
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from facepipe.geometry import Size
from facepipe.imaging.shrink import shrink

Colour = tuple[int, int, int]
PAPER: Colour = (250, 250, 249)
INK: Colour = (28, 25, 23)
FAINT: Colour = (120, 113, 108)
_LATIN = "\u024f"  # the last letter of Latin Extended-B; the font has all up to there, and need not be asked


def fill_tile(image: np.ndarray, size_wh: Size) -> np.ndarray:
    """`image` scaled and cut, around its middle, to cover exactly `size_wh`."""
    height, width = image.shape[:2]
    scale = max(size_wh[0] / width, size_wh[1] / height)
    cut_w, cut_h = min(width, max(1, round(size_wh[0] / scale))), min(height, max(1, round(size_wh[1] / scale)))
    left, top = (width - cut_w) // 2, (height - cut_h) // 2
    part = image[top : top + cut_h, left : left + cut_w]
    if scale < 1:
        return shrink(part, size_wh, quickly=True)
    return cv2.resize(part, size_wh, interpolation=cv2.INTER_CUBIC)


def blank(size_wh: Size) -> np.ndarray:
    """A sheet of paper."""
    page = np.empty((size_wh[1], size_wh[0], 3), np.uint8)
    page[:] = np.tile(np.array(PAPER, np.uint8), (size_wh[0], 1))  # a row at a time: ten times as fast as a pixel
    return page


def draw_text(
    image: np.ndarray, at_xy: tuple[int, int], text: str, size: int, *, width: int, bold=False, colour: Colour = INK
) -> None:
    """Draw one line of text into `image`; `at_xy` is its top left corner, `width` pixels are what it may take."""
    font = _font(size, bold)
    text = drawable(text)
    if font.getlength(text) > width:
        while text and font.getlength(text + "…") > width:
            text = text[:-1]
        text += "…"
    x, y = at_xy
    strip = image[y : y + 2 * size, x : x + width]
    canvas = Image.fromarray(strip)
    ImageDraw.Draw(canvas).text((0, 0), text, font=font, fill=colour)
    strip[:] = np.asarray(canvas)


def text_width(text: str, size: int, bold: bool = False) -> int:
    """How many pixels wide `draw_text` draws a line."""
    return math.ceil(_font(size, bold).getlength(drawable(text)))


def drawable(text: str) -> str:
    """`text` with a box for every character that the font cannot draw."""
    if text.isprintable() and max(text, default="") <= _LATIN:
        return text
    glyphs = _glyphs()
    return "".join(char if ord(char) in glyphs else "□" for char in text)


def _font_file(bold: bool) -> Path:
    # matplotlib is a dependency and brings DejaVu Sans: the same letters on every machine. It need not be imported.
    (package,) = find_spec("matplotlib").submodule_search_locations
    return Path(package, "mpl-data", "fonts", "ttf", "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")


@lru_cache(maxsize=32)
def _font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_font_file(bold)), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=1)
def _glyphs() -> frozenset[int]:
    from matplotlib.ft2font import FT2Font  # see _font_file

    # A person's name is drawn in both weights.
    return frozenset.intersection(*(frozenset(FT2Font(str(_font_file(bold))).get_charmap()) for bold in (False, True)))
