"""What detectors share: order, dlib's rectangles, enlarging and non-max suppression."""

import numpy as np

from facepipe.geometry import iou_matrix
from facepipe.lazy import cv2
from facepipe.records import Detection


def in_order(detections: list[Detection]) -> list[Detection]:
    """Sorted by (left, top) of the dlib-shaped box; what ties is ordered by the rest of the box and the score."""
    return sorted(detections, key=lambda d: (*d.box_ltrb.tolist(), -d.score))


def from_dlib(rect, score: float) -> Detection:
    """A detection from a `dlib.rectangle`, whose right and bottom are its last pixels: half-open here."""
    box = np.array([rect.left(), rect.top(), rect.right() + 1, rect.bottom() + 1], np.float32)
    return Detection(box, box, float(score))


def enlarge(image: np.ndarray, times: int) -> np.ndarray:
    """`image` doubled `times` times (bilinear)."""
    factor = 2**times
    return image if times == 0 else cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR)


def non_max_suppression(boxes: np.ndarray, scores: np.ndarray, max_iou: float) -> np.ndarray:
    """Which of the boxes (n, 4) stay: int64 (k,), best score first; a box yields to a better one above `max_iou`."""
    rest = np.argsort(-scores, kind="stable")
    keep = []
    while len(rest):
        keep.append(rest[0])
        rest = rest[1:][iou_matrix(boxes[rest[0]], boxes[rest[1:]])[0] <= max_iou]
    return np.array(keep, np.int64)
