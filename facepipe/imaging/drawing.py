"""Tiles, and lines of text."""

import math

import cv2
import numpy as np
from PIL import Image, ImageDraw

from facepipe.geometry import Size
from facepipe.imaging.fonts import ascent, drawable, runs
from facepipe.imaging.shrink import shrink

Colour = tuple[int, int, int]
PAPER: Colour = (250, 250, 249)
INK: Colour = (28, 25, 23)
FAINT: Colour = (120, 113, 108)


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
    text = drawable(text)
    if _length(text, size, bold) > width:
        while text and _length(text + "…", size, bold) > width:
            text = text[:-1]
        text += "…"
    x, y = at_xy
    strip = image[y : y + 2 * size, x : x + width]
    canvas = Image.fromarray(strip)
    pen, line, baseline = ImageDraw.Draw(canvas), 0.0, ascent(size, bold)
    for part, font in runs(text, size, bold):
        pen.text((line, baseline), part, font=font, fill=colour, anchor="ls")
        line += font.getlength(part)
    strip[:] = np.asarray(canvas)


def text_width(text: str, size: int, bold: bool = False) -> int:
    """How many pixels wide `draw_text` draws a line."""
    return math.ceil(_length(drawable(text), size, bold))


def _length(text: str, size: int, bold: bool) -> float:
    return sum(font.getlength(part) for part, font in runs(text, size, bold))
