"""Which found face is which box that somebody has drawn around one.

People, and other programs, draw a face from the hairline to the chin, wider or narrower as they please; facepipe's
boxes are squares from the brows to the chin. Measured on a hand-checked clip their overlap (IoU) is .58 to .76 for the
right pair and at most .16 for a wrong one, so .3 tells them apart; a pair counts too when each box holds the other's
centre and neither is more than five times as large, which is what whole-head boxes need.
"""

import numpy as np

from facepipe.geometry import iou_matrix
from facepipe.lazy import optimize

MIN_IOU = 0.3
MAX_AREA_RATIO = 5.0


def paired(found: np.ndarray, drawn: np.ndarray) -> list[tuple[int, int]]:
    """Rows of `found` (n, 4) with rows of `drawn` (m, 4), one to one: as many as possible, then the best overlap."""
    if not len(found) or not len(drawn):
        return []
    gain = match_gain(found, drawn)
    rows = zip(*(side.tolist() for side in optimize.linear_sum_assignment(gain, maximize=True)), strict=True)
    return [(i, j) for i, j in rows if gain[i, j] > 0]


def match_gain(found: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """1 + IoU where a found box (n, 4) may be a drawn one (m, 4), else 0: float64 (n, m)."""
    found, drawn = np.asarray(found, np.float64), np.asarray(drawn, np.float64)
    overlap = iou_matrix(found, drawn)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(1) for boxes in (found, drawn)]
    ratio = areas[0][:, None] / areas[1][None, :]
    alike = (ratio <= MAX_AREA_RATIO) & (ratio >= 1 / MAX_AREA_RATIO)
    centred = _holds_centre(found, drawn) & _holds_centre(drawn, found).T
    return np.where((overlap >= MIN_IOU) | (alike & centred), 1 + overlap, 0.0)


def _holds_centre(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Whether each box of `a` (n, 4) holds the centre of each of `b` (m, 4): bool (n, m)."""
    centre = (b[:, :2] + b[:, 2:]) / 2
    return ((a[:, None, :2] <= centre) & (centre < a[:, None, 2:])).all(-1)
