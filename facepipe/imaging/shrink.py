"""Making pictures smaller."""

import cv2
import numpy as np

from facepipe.geometry import Size


def shrink(image: np.ndarray, size_wh: Size) -> np.ndarray:
    """`image` (H, W, 3) resized to `size_wh`, no larger than it, by averaging; halved first while it can be.

    OpenCV halves even sides forty times as fast as it averages over any other ratio; so an odd last row or column is
    left out before each halving.
    """
    while image.shape[1] >= 2 * size_wh[0] and image.shape[0] >= 2 * size_wh[1]:
        width, height = image.shape[1] // 2, image.shape[0] // 2
        image = cv2.resize(image[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
    return cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA)


def steps_of_half(size_wh: Size, at_least: Size) -> int:
    """How often a picture may be halved until another halving would bring it below `at_least` on either side."""
    steps = 0
    while all(side >> (steps + 1) >= least for side, least in zip(size_wh, at_least, strict=True)):
        steps += 1
    return steps
