"""A tiny description of a picture, by which one is told from the next, and what no two pictures share."""

import hashlib

import numpy as np

from facepipe.lazy import cv2
from facepipe.records import Picture

_THUMB_WH = (64, 36)
_GRID_WH = (16, 9)
_BINS = [8, 3, 4]  # hue, saturation, value
_BLOCK = 8  # rows
GRID_SIZE = _GRID_WH[0] * _GRID_WH[1] * 3
SIGNATURE_SIZE = GRID_SIZE + int(np.prod(_BINS))


def signature(picture: Picture) -> np.ndarray:
    """uint8 (SIGNATURE_SIZE,): a 16x9 RGB thumbnail, then the square roots of a coarse HSV histogram, scaled to 255."""
    thumb = picture.rgb(_THUMB_WH)
    grid = cv2.resize(thumb, _GRID_WH, interpolation=cv2.INTER_AREA)
    hsv = cv2.cvtColor(thumb, cv2.COLOR_RGB2HSV)
    shares = cv2.calcHist([hsv], [0, 1, 2], None, _BINS, [0, 180, 0, 256, 0, 256]).ravel() / hsv[..., 0].size
    return np.concatenate([grid.ravel(), np.rint(255 * np.sqrt(shares)).astype(np.uint8)])


def pixels_digest(picture: Picture) -> str:
    """32 hex digits that are the same where the size is, and every eighth row: no edit of a JPEG spares one of these,
    since it is made of blocks of 8 x 8 pixels."""
    digest = hashlib.blake2b(repr(picture.size_wh).encode(), digest_size=16)
    digest.update(np.ascontiguousarray(picture.rgb()[::_BLOCK]))
    return digest.hexdigest()
