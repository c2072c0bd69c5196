"""Making pictures smaller."""

import numpy as np

from facepipe.geometry import Size
from facepipe.lazy import cv2

_BAND_BYTES = 4_000_000  # of a picture that is halved at a time


def shrink(image: np.ndarray, size_wh: Size, *, quickly: bool = False) -> np.ndarray:
    """`image` (H, W, 3) resized to `size_wh`, no larger than it, by averaging; halved first while it can be.

    OpenCV halves even sides forty times as fast as it averages over any other ratio; so an odd last row or column is
    left out before each halving. A large picture is halved in bands of rows, for its half alone can be 200 MB.
    quickly: what is less than halved at last is interpolated between two pixels, not averaged over all: in a quarter of
    the time, for pictures to look at.
    """
    steps = steps_of_half((image.shape[1], image.shape[0]), size_wh)
    rows = max(1, _BAND_BYTES // image[0].nbytes >> steps) << steps  # so that no pair of rows is torn at any step
    if steps and rows < len(image):
        image = np.concatenate([_halved(image[top : top + rows], steps) for top in range(0, len(image), rows)])
    else:
        image = _halved(image, steps)
    return cv2.resize(image, size_wh, interpolation=cv2.INTER_LINEAR if quickly else cv2.INTER_AREA)


def _halved(image: np.ndarray, steps: int) -> np.ndarray:
    if not len(image) >> steps:  # what is left of a last band
        return np.zeros((0, image.shape[1] >> steps, 3), np.uint8)
    for _ in range(steps):
        width, height = image.shape[1] // 2, image.shape[0] // 2
        image = cv2.resize(image[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
    return image


def steps_of_half(size_wh: Size, at_least: Size) -> int:
    """How often a picture may be halved until another halving would bring it below `at_least` on either side."""
    steps = 0
    while all(side >> (steps + 1) >= least for side, least in zip(size_wh, at_least, strict=True)):
        steps += 1
    return steps
