"""How far the clothing under a face can be trusted."""

from collections.abc import Sequence

import numpy as np

from facepipe.geometry import Box, box_size, clip_box, crop, torso_box, upper_body_box
from facepipe.lazy import cv2

MIN_VISIBILITY = 0.5  # below it a clothing vector is stored but not used

# Where each reason to doubt makes the visibility MIN_VISIBILITY; measured on real torso crops, where pairs below
# these bounds are no better than chance.
HALF_FACE_PX = 40  # side of the face box: the torso is then about 120 px wide
HALF_LUMA = 12  # median luma (0..255) of the torso
HALF_UNCOVERED = 0.6  # share of the torso that no nearer person stands before


def visibility(image: np.ndarray, face: Box, all_faces: Sequence[Box]) -> float:
    """How far the clothing under `face` can be trusted, 0..1; MIN_VISIBILITY is the least that is used.

    The worst of: the torso inside the picture (at least half), the size of the face, the light on the torso,
    and how much of it nearer people (larger faces) hide.
    """
    torso = torso_box(face)
    size_wh = image.shape[1], image.shape[0]
    width, height = box_size(clip_box(torso, size_wh))
    if not width or not height:
        return 0.0
    full_width, full_height = box_size(torso)
    luma = float(np.median(cv2.cvtColor(np.ascontiguousarray(crop(image, torso)[::4, ::4]), cv2.COLOR_RGB2GRAY)))
    reasons = (
        width * height / (full_width * full_height),
        0.5 * min(box_size(face)) / HALF_FACE_PX,
        0.5 * luma / HALF_LUMA,
        0.5 * (1 - _covered(torso, face, all_faces, size_wh)) / HALF_UNCOVERED,
    )
    return min(1.0, *reasons)


def _covered(torso: Box, face: Box, all_faces: Sequence[Box], size_wh: tuple[int, int]) -> float:
    """Share (0..1) of the visible torso behind the bodies of people with a larger face."""
    left, top, right, bottom = clip_box(torso, size_wh)
    hidden = np.zeros((bottom - top, right - left), bool)
    for other in all_faces:
        if box_size(other)[1] > box_size(face)[1]:
            # Shoulders are about two face widths wide, narrower than the torso box.
            body = upper_body_box(other)
            shoulder = box_size(other)[0] // 2
            box = clip_box((body[0] + shoulder - left, body[1] - top, body[2] - shoulder - left, body[3] - top),
                           (right - left, bottom - top))  # fmt: skip
            hidden[box[1] : box[3], box[0] : box[2]] = True
    return float(hidden.mean())
