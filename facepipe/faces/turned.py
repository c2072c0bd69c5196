"""Pictures that lie on a side or on their heads: where things are when a picture is turned.

turn: quarter turns against the clock, as numpy.rot90 counts them.
"""

import math

import numpy as np

from facepipe.geometry import Size
from facepipe.records import Detection

SIDES = (1, 3, 2)  # the turns that are tried, the likely ones first


def turned_points(xy: np.ndarray, turn: int, size_wh: Size) -> np.ndarray:
    """Where points (n, 2) of a picture of `size_wh`, in its pixels, lie when it is turned."""
    width, height = size_wh
    for _ in range(turn % 4):
        xy = np.stack([xy[..., 1], width - 1 - xy[..., 0]], axis=-1)
        width, height = height, width
    return xy


def turned_box(box_ltrb: np.ndarray, turn: int, size_wh: Size) -> np.ndarray:
    """The same of a half-open box (4,)."""
    width, height = size_wh
    for _ in range(turn % 4):
        left, top, right, bottom = box_ltrb
        box_ltrb = np.array([top, width - right, bottom, width - left])
        width, height = height, width
    return box_ltrb


def turned_detection(found: Detection, turn: int, size_wh: Size) -> Detection:
    """The same of what was found in a picture of `size_wh`."""
    return Detection(
        detection_ltrb=turned_box(found.detection_ltrb, turn, size_wh),
        box_ltrb=turned_box(found.box_ltrb, turn, size_wh),
        score=found.score,
        landmarks_xy=turned_points(found.landmarks_xy, turn, size_wh),
    )


def upright_turn(found: Detection, otherwise: int = 0) -> int:
    """The turn of the picture after which a face leans by no more than 45 degrees.

    By the detector's own landmarks, eye, eye, nose, mouth, mouth; `otherwise` where it has none.
    """
    if len(found.landmarks_xy) != 5:
        return otherwise
    right, down = found.landmarks_xy[3:].mean(axis=0) - found.landmarks_xy[:2].mean(axis=0)
    return -round(math.atan2(right, down) / (math.pi / 2)) % 4


def turned_size(size_wh: Size, turn: int) -> Size:
    return (size_wh[1], size_wh[0]) if turn % 2 else size_wh
