"""The five landmarks of a face, as the formats with points have them."""

import numpy as np

from facepipe.annotated import AnnotatedFace
from facepipe.geometry import Size

NAMES = ("left_eye", "right_eye", "nose", "left_mouth_corner", "right_mouth_corner")  # left is left in the picture
MIRRORED = (1, 0, 2, 4, 3)  # which point each becomes when the picture is mirrored
SEEN = 2


def visible_points(face: AnnotatedFace, size_wh: Size) -> np.ndarray:
    """x, y and v of the points NAMES, float64 (5, 3), in a picture of `size_wh`.

    v is SEEN; all three are 0 for a point that the detector does not give, or that lies outside the picture.
    """
    xy = np.asarray(face.points_xy, np.float64)
    seen = np.logical_and(xy >= 0, xy < size_wh).all(axis=1)  # not so for nan
    return np.where(seen[:, None], np.column_stack([xy, np.full(len(xy), SEEN)]), 0.0)
