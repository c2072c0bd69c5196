"""Drawing into a picture in place, whatever its pixels are: RGB, or a video's planes of Y, Cb and Cr.

What is drawn lies on even pixels, since Cb and Cr have half as many.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import cv2
import numpy as np

from facepipe.geometry import Box, Size, clip_box
from facepipe.imaging.hide import blurred

Stamp = tuple[np.ndarray, ...]  # a small picture as the layers of a canvas
Split = Callable[[np.ndarray], Stamp]  # makes it from RGB uint8 (H, W, 3), of even sides

_KR_KB = {True: (0.2126, 0.0722), False: (0.299, 0.114)}  # ITU-R BT.709 and BT.601


class Canvas:
    """layers: uint8 (H, W, 3), or (H, W) and two of half the sides; they are written to. split: for such layers."""

    def __init__(self, layers: Sequence[np.ndarray], split: Split) -> None:
        self._layers, self.split = layers, split
        self.size_wh: Size = (layers[0].shape[1], layers[0].shape[0])

    def fill(self, box: Box, colour: Stamp) -> None:
        """colour: the stamp of 2 x 2 pixels."""
        for part, value in zip(self._parts(box), colour, strict=True):
            part[:] = value[0, 0]

    def frame(self, box: Box, width: int, colour: Stamp) -> None:
        """Four bars of `width` (even) inside the edges of a box."""
        left, top, right, bottom = _even(box)
        for bar in (
            (left, top, right, top + width),
            (left, bottom - width, right, bottom),
            (left, top, left + width, bottom),
            (right - width, top, right, bottom),
        ):
            self.fill(bar, colour)

    def line(self, points_xy: np.ndarray, width: int, colour: Stamp) -> None:
        """A line through points, float (n, 2)."""
        for shift, (layer, value) in enumerate(zip(self._layers, colour, strict=True)):
            half = min(shift, 1)
            points = np.rint(points_xy).astype(np.int32) >> half
            cv2.polylines(layer, [points], False, value[0, 0].tolist(), max(1, width >> half), cv2.LINE_AA)

    def paste(self, at_xy: tuple[int, int], stamp: Stamp) -> None:
        """Put a stamp, with its top left corner at an even pixel, as far as it is inside."""
        left, top = (value & ~1 for value in at_xy)
        height, width = stamp[0].shape[:2]
        inside = clip_box((left, top, left + width, top + height), self.size_wh)
        for shift, (part, piece) in enumerate(zip(self._parts(inside), stamp, strict=True)):
            half = min(shift, 1)
            x, y = (inside[0] - left) >> half, (inside[1] - top) >> half
            part[:] = piece[y : y + part.shape[0], x : x + part.shape[1]]

    def blur(self, boxes: Iterable[Box], spared: Iterable[Box]) -> None:
        """Blur what is in `boxes`, but for what is in `spared`."""
        kept = [(part, part.copy()) for box in spared for part in self._parts(box)]
        for box in boxes:
            for part in self._parts(box):
                part[:] = blurred(part)
        for part, copy in kept:
            part[:] = copy

    def _parts(self, box: Box) -> list[np.ndarray]:
        left, top, right, bottom = clip_box(_even(box), self.size_wh)
        return [
            layer[top >> half : bottom >> half, left >> half : right >> half]
            for layer, half in ((layer, min(shift, 1)) for shift, layer in enumerate(self._layers))
        ]


def on_rgb(image: np.ndarray) -> Canvas:
    """A canvas of RGB uint8 (H, W, 3)."""
    return Canvas([image], lambda tile: (tile,))


def on_yuv(planes: Sequence[np.ndarray], is_bt709: bool) -> Canvas:
    """A canvas of Y, Cb and Cr, 4:2:0 in limited range, of BT.709 or BT.601."""
    return Canvas(planes, partial(_ycbcr, is_bt709))


def _ycbcr(is_bt709: bool, tile: np.ndarray) -> Stamp:
    kr, kb = _KR_KB[is_bt709]
    red, green, blue = np.moveaxis(tile.astype(np.float64) / 255, 2, 0)
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    chroma = ((blue - luma) / (1 - kb), (red - luma) / (1 - kr))  # -0.5 .. 0.5, doubled
    height, width = luma.shape
    halved = (part.reshape(height // 2, 2, width // 2, 2).mean((1, 3)) for part in chroma)
    return tuple(np.rint(part).astype(np.uint8) for part in (16 + 219 * luma, *(128 + 112 * part for part in halved)))


def _even(box: Box) -> Box:
    left, top, right, bottom = box
    return left & ~1, top & ~1, (right + 1) & ~1, (bottom + 1) & ~1
