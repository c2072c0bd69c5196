"""Small picture work: frames from disk, JPEG and PNG bytes, tiles, text in any alphabet that DejaVu has."""

import io
from functools import lru_cache
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from matplotlib.ft2font import FT2Font
from PIL import Image, ImageDraw, ImageFont

from facepipe.errors import StoreError
from facepipe.geometry import Size
from facepipe.shrink import shrink, steps_of_half

Colour = tuple[int, int, int]
PAPER: Colour = (250, 250, 249)
INK: Colour = (28, 25, 23)
FAINT: Colour = (120, 113, 108)
_COLOR_HALVED = (
    cv2.IMREAD_COLOR,
    cv2.IMREAD_REDUCED_COLOR_2,
    cv2.IMREAD_REDUCED_COLOR_4,
    cv2.IMREAD_REDUCED_COLOR_8,
)


def read_rgb(path: Path, size_wh: Size | None = None, at_least: Size | None = None) -> np.ndarray:
    """A picture of the run as RGB uint8 (H, W, 3). StoreError when it is unreadable or not of `size_wh`.

    at_least: it may come shrunk to a half, quarter or eighth, but not below this size; that reads faster.
    """
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}; run the same command again with --fresh") from error
    flags = cv2.IMREAD_COLOR if at_least is None else _COLOR_HALVED[_halvings(data, at_least)]
    image = cv2.imdecode(data, flags | cv2.IMREAD_IGNORE_ORIENTATION) if data.size else None
    if image is None:
        raise StoreError(f"{path} is not a whole picture; run the same command again with --fresh")
    found = (image.shape[1], image.shape[0])
    if size_wh is not None and found != tuple(size_wh):
        raise StoreError(
            f"{path} is {found[0]}x{found[1]}, its faces were found in {size_wh[0]}x{size_wh[1]}; "
            "run the same command again with --fresh"
        )
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def _halvings(data: np.ndarray, at_least: Size) -> int:
    """How often a JPEG can be halved while it is read; 0 where its header cannot be read."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            return min(len(_COLOR_HALVED) - 1, steps_of_half(image.size, at_least))
    except (OSError, ValueError, Image.DecompressionBombError):
        return 0


def encode_jpeg(image: np.ndarray, quality: int = 95) -> bytes:
    """RGB uint8 (H, W, 3) as JPEG."""
    _, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return data.tobytes()


def encode_png(image: np.ndarray) -> bytes:
    """RGB uint8 (H, W, 3) as PNG, without dates or program names."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def fill_tile(image: np.ndarray, size_wh: Size) -> np.ndarray:
    """`image` scaled and cut, around its middle, to cover exactly `size_wh`."""
    height, width = image.shape[:2]
    scale = max(size_wh[0] / width, size_wh[1] / height)
    cut_w, cut_h = min(width, max(1, round(size_wh[0] / scale))), min(height, max(1, round(size_wh[1] / scale)))
    left, top = (width - cut_w) // 2, (height - cut_h) // 2
    part = image[top : top + cut_h, left : left + cut_w]
    return shrink(part, size_wh) if scale < 1 else cv2.resize(part, size_wh, interpolation=cv2.INTER_CUBIC)


def blank(size_wh: Size, colour: Colour = PAPER) -> np.ndarray:
    """A picture of one colour."""
    return np.full((size_wh[1], size_wh[0], 3), colour, np.uint8)


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


def drawable(text: str) -> str:
    """`text` with a box for every character that the font cannot draw."""
    glyphs = _glyphs()
    return "".join(char if ord(char) in glyphs else "□" for char in text)


def _font_file(bold: bool) -> Path:
    # matplotlib is a dependency and brings DejaVu Sans: the same letters on every machine.
    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")


@lru_cache(maxsize=32)
def _font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_font_file(bold), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=1)
def _glyphs() -> frozenset[int]:
    # A person's name is drawn in both weights.
    return frozenset.intersection(*(frozenset(FT2Font(str(_font_file(bold))).get_charmap()) for bold in (False, True)))
