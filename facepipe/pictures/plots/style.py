"""The look of the Matplotlib plots. Figures are objects of their own: no pyplot, no global state.

Matplotlib takes long to import, and plots that would be the same are not drawn: so it is imported where one is.
"""

import colorsys
import unicodedata
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from facepipe.imaging.codec import encode_png
from facepipe.imaging.drawing import FAINT, INK, PAPER, Colour
from facepipe.imaging.fonts import drawable, others_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

DPI = 100
UNKNOWN_COLOUR = "#c9c5c1"


def hex_colour(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


INK_HEX, FAINT_HEX, PAPER_HEX, SHADE_HEX = hex_colour(INK), hex_colour(FAINT), hex_colour(PAPER), "#efedea"


def person_colours(count: int) -> list[str]:
    """A colour a person: hues a golden angle apart, lightness in three steps, so that neighbours differ in both."""
    colours = []
    for index in range(count):
        rgb = colorsys.hls_to_rgb((0.58 + index * 0.618034) % 1, (0.45, 0.6, 0.36)[index % 3], 0.62)
        colours.append(hex_colour(tuple(round(255 * value) for value in rgb)))
    return colours


def load() -> None:
    """Import Matplotlib, as `new_figure` does."""
    new_figure(DPI, DPI)


def new_figure(width_px: int, height_px: int) -> "Figure":
    """An empty figure of that many pixels."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_px / DPI, height_px / DPI), dpi=DPI, facecolor=PAPER_HEX)
    FigureCanvasAgg(figure)
    return figure


def new_axes(figure: "Figure", left: int, top: int, right: int, bottom: int) -> "Axes":
    """Bare axes with margins in pixels."""
    width, height = figure.get_size_inches() * DPI
    axes = figure.add_axes((left / width, bottom / height, 1 - (left + right) / width, 1 - (top + bottom) / height))
    axes.set_facecolor(PAPER_HEX)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(length=0, labelsize=9, labelcolor=FAINT_HEX)
    return axes


def heading(figure: "Figure", title: str, line: str) -> None:
    """Title and subtitle at the top left."""
    width, height = figure.get_size_inches() * DPI
    left = 24 / width
    plain(figure.text(left, 1 - 24 / height, title, va="top", size=15, weight="bold", color=INK_HEX))
    plain(figure.text(left, 1 - 52 / height, line, va="top", size=9.5, color=FAINT_HEX))


def plain(text: "Text") -> "Text":
    """Make a text say exactly what it was given: "$" is no formula, missing letters become boxes."""
    text.set_parse_math(False)
    text.set_text(drawable(text.get_text()))
    for path in others_for(text.get_text()):
        text.set_fontfamily([*text.get_fontfamily(), _family(path)])
    return text


@cache
def _family(path: Path) -> str:
    """The name by which Matplotlib knows a font of the system, for letters that fonts named before it lack."""
    from matplotlib.font_manager import fontManager

    fontManager.addfont(path)
    found = fontManager.ttflist[-1]
    fontManager.ttflist.append(replace(found, weight="bold"))  # it stands in for both, and there need be no warning
    return found.name


def picture_at(axes: "Axes", image: np.ndarray, xy: tuple[float, float], edge: str, zoom: float = 1.0, **where) -> None:
    """Put a small picture with a coloured edge at a point of the axes."""
    from matplotlib.offsetbox import AnnotationBbox, OffsetImage

    box = AnnotationBbox(
        OffsetImage(image, zoom=zoom * 72 / DPI, interpolation="lanczos"),
        xy,
        pad=0.12,
        bboxprops={"edgecolor": edge, "facecolor": edge, "linewidth": 0.8},
        annotation_clip=False,
        **where,
    )
    axes.add_artist(box)


def short(name: str, letters: int = 22) -> str:
    """A name that fits into a margin."""
    return name if len(name) <= letters else name[: letters - 1] + "…"


def with_count(name: str, count: int) -> str:
    """A name and how many faces it has, which stay to the right of it also where it is written from the right."""
    mark = "\N{LEFT-TO-RIGHT MARK}" if any(unicodedata.bidirectional(char) in ("R", "AL") for char in name) else ""
    return f"{mark}{short(name)}{mark}  {count}"


def png_bytes(figure: "Figure") -> bytes:
    """The figure as PNG."""
    canvas = figure.canvas
    canvas.draw()
    return encode_png(np.asarray(canvas.buffer_rgba()))
