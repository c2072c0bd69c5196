"""Which way a face looks, by the five landmarks of a detector, and how much of the person a picture shows."""

import numpy as np

from facepipe.geometry import Box, Size, head_box

# The tip of the nose of a head that is turned by the angle a lies so many heights from eyes to mouth, times sin(a),
# beside the line from the eyes to the mouth. Of .3 to 1.15 the factor at which head-pose-estimation-adas-0001 (Open
# Model Zoo) agrees best, on 1,406 faces of photos, films and a dark concert: to 3.7 degrees (median), 8.7 (root mean
# square). That network differs by 8.8 from its own answer for the mirrored face. Pitch cannot be had so: the height of
# the nose between eyes and mouth follows that network's pitch with a correlation of .48 only.
_NOSE = 0.6
LANDMARKS = 5


def yaw_and_roll(points_xy: np.ndarray) -> tuple[float, float]:
    """Degrees by which a face is turned and by which it leans, nan where that cannot be told.

    points_xy: eye, eye, tip of the nose, corner and corner of the mouth, each from the left, (5, 2) in pixels; any
    other number of points tells nothing. yaw: -90..90, positive where the face looks to the right of the picture.
    roll: -180..180, positive where it leans clockwise.
    """
    if len(points_xy) != LANDMARKS:
        return np.nan, np.nan
    left, right, nose, *mouth = np.asarray(points_xy, np.float64)
    eyes = (left + right) / 2
    down, across = np.mean(mouth, axis=0) - eyes, right - left
    height = np.hypot(*down)
    if height < 1e-6 or not np.any(across):
        return np.nan, np.nan
    beside = np.dot(nose - eyes, (down[1], -down[0])) / height**2
    yaw = np.degrees(np.arcsin(np.clip(beside / _NOSE, -1, 1)))
    return float(yaw), float(np.degrees(np.arctan2(across[1], across[0])))


FRAMINGS = ("close-up", "head-and-shoulders", "half", "full")
# Heights of the head that the picture goes on below the chin: shoulders end after 2, the waist lies at 3, the feet at
# 6.5 (drawing schools' canon of 7.5 heads).
_BELOW_CHIN = (0.7, 2.0, 4.5)


def framing(face_ltrb: Box, size_wh: Size) -> str:
    """How much of a person who stands or sits upright a picture shows, by FRAMINGS.

    face_ltrb: the dlib-shaped box, in a picture of `size_wh`.
    """
    _, top, _, bottom = head_box(face_ltrb)
    below = (size_wh[1] - bottom) / max(1, bottom - top)
    return FRAMINGS[sum(below >= edge for edge in _BELOW_CHIN)]
