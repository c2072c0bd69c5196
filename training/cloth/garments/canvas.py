"""The sheet on which a person is painted, and its brushes.

The unit is the width of the dlib-shaped face box; the origin is the chin, x to the right, y down.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from .fabric import Rgb

UNIT = 42  # pixels to a face width
LEFT, TOP, WIDTH, HEIGHT = -2.4, -1.6, 4.8, 5.8  # what the canvas shows, in face widths
SHAPE = (round(HEIGHT * UNIT), round(WIDTH * UNIT))  # rows, columns
_SHIFT = 4  # fractional bits of OpenCV's polygon coordinates


@dataclass
class Canvas:
    """The picture while it is painted: `rgb` float32 (H, W, 3), `alpha` float32 (H, W)."""

    rgb: np.ndarray
    alpha: np.ndarray

    def put(self, mask: np.ndarray, paint: np.ndarray | Rgb) -> None:
        """Lay paint (a texture or one colour) over the picture where `mask` (0..1) says."""
        area = _extent(mask)
        paint = np.asarray(paint, np.float32)
        part = self.rgb[area]
        part += mask[area][..., None] * ((paint[area] if paint.ndim == 3 else paint) - part)
        np.maximum(self.alpha[area], mask[area], out=self.alpha[area])

    def shade(self, mask: np.ndarray, factor: float) -> None:
        """Darken what is there."""
        area = _extent(mask)
        self.rgb[area] *= (1 - (1 - factor) * mask[area])[..., None]


def polygon(*points: tuple[float, float]) -> np.ndarray:
    """Filled polygon as a mask 0..1 of the canvas, corners in face widths."""
    return _mask(lambda m, p: cv2.fillPoly(m, [p], 255, cv2.LINE_AA, _SHIFT), points)


def stroke(width: float, *points: tuple[float, float]) -> np.ndarray:
    """Open line of a width in face widths as a mask 0..1."""
    thick = max(1, round(width * UNIT))
    return _mask(lambda m, p: cv2.polylines(m, [p], False, 255, thick, cv2.LINE_AA, _SHIFT), points)


def ellipse(x: float, y: float, rx: float, ry: float) -> np.ndarray:
    """Filled ellipse as a mask 0..1."""
    turn = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    return polygon(*zip(x + rx * np.cos(turn), y + ry * np.sin(turn), strict=True))


def _mask(draw, points) -> np.ndarray:
    corners = (np.array(points, np.float64) - (LEFT, TOP)) * UNIT * (1 << _SHIFT)
    mask = np.zeros(SHAPE, np.uint8)
    draw(mask, np.round(corners).astype(np.int32))
    return mask.astype(np.float32) / 255


def _extent(mask: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns that hold everything of `mask`: painting only there saves most of the time."""
    x, y, width, height = cv2.boundingRect((mask > 0).view(np.uint8))
    return slice(y, y + height), slice(x, x + width)
