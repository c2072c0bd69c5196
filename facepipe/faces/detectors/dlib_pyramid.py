"""dlib's tiled image pyramid: one picture that holds the input at every scale, for its sliding-window networks.

After dlib's `input_rgb_image_pyramid<pyramid_down<6>>`: every level is 5/6 of the one before, the levels go down
a first column and, where they fit, back up a second one, apart by `PADDING`, in a frame of `OUTER_PADDING`. Tiles
are nearer to each other than the network sees, so the scores depend on this very layout. What is between them is
zero after normalisation. Levels are float32, as in dlib; only very large ones are kept as uint8, to save memory.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from facepipe.geometry import Size
from facepipe.lazy import cv2

PADDING, OUTER_PADDING = 10, 11
MIN_HEIGHT = 5  # levels lower than that are left out
MAX_FLOAT_PIXELS = 4_000_000  # larger levels are rounded to uint8, which moves scores by up to 0.01
MEAN_RGB = np.array([122.782, 117.001, 104.298], np.float32)


class Tile(NamedTuple):
    """Where a level lies in the tiled picture, in pixels."""

    left: int
    top: int
    width: int
    height: int


def tile_layout(size_wh: Size) -> tuple[list[Tile], Size]:
    """The tiles of the levels of a picture of `size_wh`, largest first, and the size of the tiled picture."""
    sizes = [size_wh]
    while True:
        width, height = (int(5 / 6 * side) for side in sizes[-1])
        if width == 0 or height < MIN_HEIGHT:
            break
        sizes.append((width, height))
    column = _first_column(sizes)
    total = sum(height + PADDING for _, height in sizes[:column]) - PADDING

    tiles, y = [], OUTER_PADDING
    for width, height in sizes[:column]:
        tiles.append(Tile(OUTER_PADDING, y, width, height))
        y += height + PADDING
    right, bottom = OUTER_PADDING + size_wh[0], y - PADDING
    for width, height in sizes[column:]:
        if bottom - height < OUTER_PADDING + size_wh[1]:  # would cover the largest level: dlib drops the rest
            break
        tiles.append(Tile(right - width, bottom - height, width, height))
        bottom -= height + PADDING
    return tiles, (size_wh[0] + 2 * OUTER_PADDING, total + 2 * OUTER_PADDING)


def _first_column(sizes: Sequence[Size]) -> int:
    """How many levels go into the first column: until the next fits beside the last and half the height is used."""
    width, height = sizes[0]
    total = sum(h + PADDING for _, h in sizes) - 2 * PADDING
    used = previous = 0
    for i, (w, h) in enumerate(sizes):
        if w <= width - previous - PADDING and (used - height) * 2 >= total - height:
            return i
        used, previous = used + h + PADDING, w
    return len(sizes)


def resize(image: np.ndarray, size_wh: Size) -> np.ndarray:
    """Bilinear, the corner pixels' centres on each other, as dlib's `resize_image` does."""
    (height, width), (new_width, new_height) = image.shape[:2], size_wh
    scale_x, scale_y = (width - 1) / max(new_width - 1, 1), (height - 1) / max(new_height - 1, 1)
    matrix = np.array([[scale_x, 0, 0], [0, scale_y, 0]], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(image, matrix, size_wh, flags=flags, borderMode=cv2.BORDER_REPLICATE)


def build_levels(image: np.ndarray, tiles: Sequence[Tile]) -> list[np.ndarray]:
    """The picture at the size of every tile, each made from the one before: float32 or uint8 (h, w, 3), 0..255."""
    levels: list[np.ndarray] = []
    for tile in tiles:
        level = resize(levels[-1], (tile.width, tile.height)) if levels else image
        levels.append(level.astype(np.float32) if tile.width * tile.height <= MAX_FLOAT_PIXELS else level)
    return levels


def normalised_rows(levels: Sequence[np.ndarray], tiles: Sequence[Tile], width: int, rows: slice) -> np.ndarray:
    """Some rows of the tiled picture as the network wants them: float32 (1, 3, rows, width), zero between tiles."""
    out = np.zeros((1, 3, rows.stop - rows.start, width), np.float32)
    for level, tile in zip(levels, tiles, strict=True):
        top, bottom = max(rows.start, tile.top), min(rows.stop, tile.top + tile.height)
        if top < bottom:
            part = (level[top - tile.top : bottom - tile.top] - MEAN_RGB) / np.float32(256)
            place = np.s_[0, :, top - rows.start : bottom - rows.start, tile.left : tile.left + tile.width]
            out[place] = part.transpose(2, 0, 1)
    return out


def to_picture(centres_xy: np.ndarray, window: int, tiles: Sequence[Tile]) -> np.ndarray:
    """Windows of `window` pixels around points of the tiled picture, as boxes in the picture: int64 (n, 4), half-open.

    A point belongs to the tile that it lies in, or to the nearest. Every level up multiplies by 6/5 and adds 0.3
    (dlib's `pyramid_down<6>::point_up`).
    """
    first = np.array([(t.left, t.top) for t in tiles], np.float64)
    last = first + [(t.width - 1, t.height - 1) for t in tiles]
    points = np.asarray(centres_xy, np.float64).reshape(-1, 1, 2)
    outside = np.maximum(np.maximum(first - points, points - last), 0)
    level = np.argmin((outside**2).sum(axis=2), axis=1)

    half = (window - 1) / 2
    corners = points[:, 0] - first[level]
    corners = np.concatenate([corners - half, corners + half], axis=1)
    ratio = 1.2 ** level[:, None]
    corners = corners * ratio + 0.3 * (ratio - 1) / 0.2
    boxes = np.floor(corners + 0.5).astype(np.int64)
    boxes[:, 2:] += 1
    return boxes
