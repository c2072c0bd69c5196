"""How open the eyes of a face look, to choose the picture that shows somebody: it says nothing about who it is."""

import cv2
import numpy as np

# Where dlib's mean face has the middles of the eyes in a chip of 150 pixels, and what is looked at around them: open
# eyes have upright edges, of iris and white; of closed ones the line of the lashes is left, which lies flat. On 308
# sharp frontal faces of a clip and of photos, eyes that are shut or nearly so are below .17, wide open ones above .3.
# Of the faces that clips show it tells little: of 85 that were looked at, open eyes have the larger number than shut
# ones in .64 of all pairs; the eye aspect ratio of 68 landmarks is no better (.66 of the pairs among 45 of them). Blur
# and profiles have large numbers.
_MIDDLES_X, _ROWS = (100, 48), slice(31, 64)
_HALF_WIDTH, _HALF_HEIGHT = 16, 12
_SPREAD_X, _SPREAD_Y = 9.0, 5.0  # of the weights, a Gaussian around the middle
_BLUR = 1.2


def eye_openness(chip: np.ndarray) -> float:
    """The share of upright edges among the edges in the eyes, 0 to 1, the mean of both.

    chip: RGB uint8 (150, 150, 3), the aligned face.
    """
    gray = cv2.GaussianBlur(cv2.cvtColor(chip[_ROWS], cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), _BLUR)
    middle = len(gray) // 2
    shares = []
    for x in _MIDDLES_X:
        eye = gray[middle - _HALF_HEIGHT : middle + _HALF_HEIGHT + 1, x - _HALF_WIDTH : x + _HALF_WIDTH + 1]
        upright, flat = (
            float((_WEIGHTS * cv2.Sobel(eye, cv2.CV_32F, *axis, ksize=3) ** 2).sum()) for axis in ((1, 0), (0, 1))
        )
        shares.append(upright / (upright + flat + 1e-6))
    return sum(shares) / len(shares)


def _weights() -> np.ndarray:
    y, x = np.mgrid[-_HALF_HEIGHT : _HALF_HEIGHT + 1, -_HALF_WIDTH : _HALF_WIDTH + 1]
    return np.exp(-(x**2) / (2 * _SPREAD_X**2) - y**2 / (2 * _SPREAD_Y**2)).astype(np.float32)


_WEIGHTS = _weights()
