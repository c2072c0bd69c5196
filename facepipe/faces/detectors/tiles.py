"""How a picture of any size is searched by a network for small pictures: in tiles, and once as a whole.

Bounds memory (a network takes 90 to 190 MB a megapixel) and finds faces that are too large for it: YuNet's score
falls from 0.94 to 0.81 for a face 500 px high, to 0.61 at 1000 px.
"""

from collections.abc import Callable

import numpy as np

from facepipe.faces.detectors.boxes import non_max_suppression
from facepipe.geometry import fit_within
from facepipe.imaging.shrink import shrink

WHOLE = 640  # pixels of the longer side, for the look at the whole of a larger picture
ONE_LOOK = 1000  # a picture up to this long has no face that needs a second look
TILE, OVERLAP = 1280, 320  # a face up to OVERLAP lies whole in some tile; larger ones are found in the whole

Found = tuple[np.ndarray, np.ndarray, np.ndarray]  # boxes (n, 4), scores (n,), landmarks (n, 5, 2)


def search(image: np.ndarray, find: Callable[[np.ndarray], Found], max_iou: float) -> Found:
    """What `find` finds in the looks at `image`, RGB uint8 (H, W, 3), in its pixels, after non-max suppression."""
    size_wh = (image.shape[1], image.shape[0])
    if max(size_wh) <= ONE_LOOK:
        return _suppress([find(image)], max_iou)
    whole_wh = fit_within(size_wh, (WHOLE, WHOLE))
    found = find(shrink(image, whole_wh))
    whole = _moved(found, np.divide(size_wh, whole_wh), np.zeros(2))
    large = whole[0][_side(whole[0]) > OVERLAP]
    tiles = [_in_tile(image, find, left, top) for top in _starts(size_wh[1]) for left in _starts(size_wh[0])]
    return _suppress([whole, *(_without_parts(tile, large) for tile in tiles)], max_iou)


def _starts(side: int) -> list[int]:
    """Where tiles begin along a side: evenly, overlapping by at least OVERLAP."""
    if side <= TILE:
        return [0]
    count = -(-(side - OVERLAP) // (TILE - OVERLAP))
    return [round(i * (side - TILE) / (count - 1)) for i in range(count)]


def _in_tile(image: np.ndarray, find: Callable[[np.ndarray], Found], left: int, top: int) -> Found:
    """What a tile holds, without what is cut by an edge inside the picture or too large: other looks have these."""
    first = np.array([left, top])
    last = np.minimum(first + TILE, (image.shape[1], image.shape[0]))
    found = _moved(find(image[top : last[1], left : last[0]]), np.ones(2), first)
    boxes = found[0]
    cut = ((boxes[:, :2] < first + 1) & (first > 0)) | ((boxes[:, 2:] > last - 1) & (last < image.shape[1::-1]))
    return _rows(found, ~cut.any(axis=1) & (_side(boxes) <= OVERLAP))


def _without_parts(found: Found, large: np.ndarray) -> Found:
    """Without the boxes whose middle lies in a large face: a network may take parts of it for faces."""
    middle = ((found[0][:, :2] + found[0][:, 2:]) / 2)[:, None]
    inside = ((large[:, :2] < middle) & (middle < large[:, 2:])).all(axis=2)
    return _rows(found, ~inside.any(axis=1))


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
