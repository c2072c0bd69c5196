"""How a picture of any size is searched by a network for small pictures: a pyramid, of which large levels are tiled.

Bounds memory (a network takes 50 to 190 MB a megapixel) and finds faces that are too large for it: YuNet's score
falls from 0.94 to 0.81 for a face 500 px high, to 0.61 at 1000 px.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np

from facepipe.faces.detectors.boxes import non_max_suppression
from facepipe.geometry import Size, fit_within
from facepipe.imaging.shrink import shrink

ONE_LOOK = 1000  # pixels of the longer side: a picture up to this long has no face that needs a second look
SMALLEST_LEVEL, STEP = 640, 8  # the longer side of the smallest level of a larger one; most between two levels
TILE, OVERLAP = 1024, 256  # a face up to OVERLAP lies whole in some tile; larger ones are found in a smaller level

Found = tuple[np.ndarray, np.ndarray, np.ndarray]  # boxes (n, 4), scores (n,), landmarks (n, 5, 2)
Find = Callable[[np.ndarray], Found]


def search(image: np.ndarray, find: Find, max_iou: float) -> Found:
    """What `find` finds in the looks at `image`, RGB uint8 (H, W, 3), in its pixels, after non-max suppression."""
    size_wh = (image.shape[1], image.shape[0])
    if max(size_wh) <= ONE_LOOK:
        return _suppress([find(image)], max_iou)
    looks: list[Found] = []
    for level_wh in _levels(size_wh):
        level = image if level_wh == size_wh else shrink(image, level_wh)
        factor = np.divide(size_wh, level_wh)
        limit = OVERLAP * factor.max()  # of faces that the tiles of this level see whole
        before = [look[0] for look in looks]
        large = [boxes[_side(boxes) > limit] for boxes in before]
        for look in [find(level)] if not looks else list(_tiles(level, find)):
            looks.append(_without_parts(_moved(look, factor, np.zeros(2)), large))
    return _suppress(looks, max_iou)


def _levels(size_wh: Size) -> list[Size]:
    """From the smallest to the picture itself: a face of OVERLAP pixels in one is large enough for the one before."""
    ratio = max(size_wh) / SMALLEST_LEVEL
    steps = math.ceil(math.log(ratio, STEP))
    sides = [round(SMALLEST_LEVEL * ratio ** (step / steps)) for step in range(steps)]
    return [*(fit_within(size_wh, (side, side)) for side in sides), size_wh]


def _tiles(image: np.ndarray, find: Find) -> Iterator[Found]:
    for top in _starts(image.shape[0]):
        for left in _starts(image.shape[1]):
            yield _in_tile(image, find, left, top)


def _starts(side: int) -> list[int]:
    """Where tiles begin along a side: evenly, overlapping by at least OVERLAP."""
    if side <= TILE:
        return [0]
    count = -(-(side - OVERLAP) // (TILE - OVERLAP))
    return [round(i * (side - TILE) / (count - 1)) for i in range(count)]


def _in_tile(image: np.ndarray, find: Find, left: int, top: int) -> Found:
    """What a tile holds, without what is cut by an edge inside the picture or too large: other looks have these."""
    first = np.array([left, top])
    last = np.minimum(first + TILE, (image.shape[1], image.shape[0]))
    found = _moved(find(image[top : last[1], left : last[0]]), np.ones(2), first)
    boxes = found[0]
    cut = ((boxes[:, :2] < first + 1) & (first > 0)) | ((boxes[:, 2:] > last - 1) & (last < image.shape[1::-1]))
    return _rows(found, ~cut.any(axis=1) & (_side(boxes) <= OVERLAP))


def _without_parts(found: Found, large: list[np.ndarray]) -> Found:
    """Without the boxes whose middle lies in a large face: a network may take parts of it for faces."""
    middle = ((found[0][:, :2] + found[0][:, 2:]) / 2)[:, None]
    outside = np.ones(len(middle), bool)
    for boxes in large:
        outside &= ~((boxes[:, :2] < middle) & (middle < boxes[:, 2:])).all(axis=2).any(axis=1)
    return _rows(found, outside)


def _side(boxes: np.ndarray) -> np.ndarray:
    """The longer side of boxes (n, 4)."""
    return (boxes[:, 2:] - boxes[:, :2]).max(axis=1)


def _rows(found: Found, rows: np.ndarray) -> Found:
    boxes, scores, points = found
    return boxes[rows], scores[rows], points[rows]


def _moved(found: Found, scale_xy: np.ndarray, shift_xy: np.ndarray) -> Found:
    boxes, scores, points = found
    return boxes * np.tile(scale_xy, 2) + np.tile(shift_xy, 2), scores, points * scale_xy + shift_xy


def _suppress(looks: list[Found], max_iou: float) -> Found:
    boxes, scores, points = (np.concatenate(parts) for parts in zip(*looks, strict=True))
    return _rows((boxes, scores, points), non_max_suppression(boxes, scores, max_iou))
