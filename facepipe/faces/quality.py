"""How much a face can be trusted for recognition, judged from its pixels and landmarks alone."""

import cv2
import numpy as np

# Each measure's harm is (measure / its half)^power, turned so that more is worse; at a harm of 1 in all a face of
# quality .5 lies, on average, at dlib's limit of 0.6 from clean pictures of the same person. Fitted on 34 kinds of
# damage (shrunk to 12..64 px, blurred, darkened, noisy, over-exposed, recompressed, ...) done to 104 labelled pictures,
# against the growth of the mean squared distance to the person's clean pictures: harm 1 = a growth of .21.
_SHARPNESS, _SHARPNESS_POWER = 0.078, 3.0  # what bands of 1..3 px hold, relative to the contrast
_CONTRAST, _CONTRAST_POWER = 2.2, 1.6  # standard deviation of the grey levels
_NOISE, _NOISE_POWER = 0.9, 4.0  # bands below 1 px relative to those of 1..3 px
_SATURATED, _SATURATED_POWER = 0.85, 2.0  # share of white pixels
_WHITE = 250
_SIZE_PX, _SIZE_POWER = 8.0, 3.0  # side of the box; most of what size costs shows as lost sharpness
_ASYMMETRY, _ASYMMETRY_POWER = 0.6, 4.0  # see `pose_asymmetry`
_INNER = slice(25, 125)  # of the chip: the face without hair and background


def face_quality(chip: np.ndarray, landmarks_xy: np.ndarray, box_ltrb: np.ndarray) -> float:
    """From near 0 (useless) to 1: 1 / (1 + harm), by size, blur, noise, contrast, exposure and pose.

    chip: RGB uint8 (150, 150, 3), the aligned face. landmarks_xy: dlib's 5 points, (5, 2), and box_ltrb: the
    dlib-shaped box, both in pixels of the source picture.
    """
    gray = cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY)[_INNER, _INNER].astype(np.float32)
    contrast, detail, grain = _bands(gray)
    size = max(1.0, float(min(box_ltrb[2] - box_ltrb[0], box_ltrb[3] - box_ltrb[1])))
    harm = (
        (_SHARPNESS * contrast / detail) ** _SHARPNESS_POWER
        + (_CONTRAST / contrast) ** _CONTRAST_POWER
        + (grain / detail / _NOISE) ** _NOISE_POWER
        + (float((gray >= _WHITE).mean()) / _SATURATED) ** _SATURATED_POWER
        + (_SIZE_PX / size) ** _SIZE_POWER
        + (pose_asymmetry(landmarks_xy) / _ASYMMETRY) ** _ASYMMETRY_POWER
    )
    return 1 / (1 + harm)


def light_and_sharpness(face: np.ndarray) -> tuple[float, float]:
    """The mean grey level, 0..255, and how much bands of 1 to 3 px hold relative to the contrast (0: flat or blurred).

    face: RGB uint8 (h, w, 3), the pixels of a face box. Sharpness is judged as `face_quality` does, on a face about
    100 px wide, so that what a small face lacks counts as blur.
    """
    gray = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY)
    side = _INNER.stop - _INNER.start
    shrinks = min(gray.shape) > side
    gray = cv2.resize(gray, (side, side), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    contrast, detail, _ = _bands(gray.astype(np.float32))
    return float(gray.mean()), detail / contrast


def _bands(gray: np.ndarray) -> tuple[float, float, float]:
    """The contrast of a face, float32 (100, 100), and what bands of 1 to 3 px and those below 1 px hold."""
    fine, coarse = (cv2.GaussianBlur(gray, (0, 0), sigma) for sigma in (1.0, 3.0))
    detail, grain = float(np.abs(fine - coarse).mean()), float(np.abs(gray - fine).mean())
    return float(gray.std()) + 1e-3, detail + 1e-6, grain


def pose_asymmetry(landmarks_xy: np.ndarray) -> float:
    """How far the foot of the nose lies from half way between the eyes, along the line of the eyes, in eye distances.

    landmarks_xy: dlib's 5 points: the corners of one eye, of the other eye, the foot of the nose. 0 is frontal.
    """
    points = np.asarray(landmarks_xy, np.float64)
    first, second = points[:2].mean(0), points[2:4].mean(0)
    line = second - first
    return abs(float((points[4] - (first + second) / 2) @ line)) / max(float(line @ line), 1e-6)
