"""Faces that are not to be seen: greyed for a detector's sake, or blurred for a person's."""

from collections.abc import Iterable

import numpy as np

from facepipe.geometry import Box, crop, head_box
from facepipe.lazy import cv2

_GREY = 114  # the grey with which Ultralytics pads pictures: a detector that is trained on it knows to see nothing
_BLOCKS = 8  # across a blurred head; what is finer than these is gone from the file, not merely smeared
_SMEARED = 8  # pixels a side of such a block while it is smeared: a large head costs no more than a small one


def hide(image: np.ndarray, hidden: Iterable[Box], shown: Iterable[Box], *, blur: bool = False) -> np.ndarray:
    """A copy of `image` in which the heads around the face boxes `hidden` are grey or blurred, where no box of `shown`
    covers them."""
    out = image.copy()
    for box in hidden:
        head = crop(out, head_box(box))
        head[:] = blurred(head) if blur else _GREY
    for box in shown:
        crop(out, box)[:] = crop(image, box)
    return out


def blurred(patch: np.ndarray) -> np.ndarray:
    """A uint8 (H, W, 3) or (H, W) patch reduced to 8 x 8 colours, which are then smeared into each other."""
    height, width = patch.shape[:2]
    if not height or not width:
        return patch
    few = cv2.resize(patch, (_BLOCKS, _BLOCKS), interpolation=cv2.INTER_AREA)
    blocks = cv2.resize(few, (_BLOCKS * _SMEARED,) * 2, interpolation=cv2.INTER_NEAREST)
    return cv2.resize(cv2.GaussianBlur(blocks, (0, 0), _SMEARED), (width, height), interpolation=cv2.INTER_LINEAR)
