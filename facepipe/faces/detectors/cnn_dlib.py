"""dlib's CNN face detector on dlib itself: the reference that `cnn` is compared with, and many times slower."""

from pathlib import Path

import cv2
import dlib
import numpy as np

from facepipe import models
from facepipe.faces.detectors.boxes import from_dlib, in_order
from facepipe.records import Detection

_MIN_SIDE = 16  # pixels
_MIN_ASPECT = 0.25  # width / height


class Detector:
    """See `FaceDetector`. Scores are the margin of dlib's loss layer, from 0."""

    name = "cnn-dlib"
    default_confidence = 0.0

    def __init__(self, upsample: int = 0, min_confidence: float | None = None, models_dir: Path | None = None) -> None:
        self.upsample = upsample
        self.min_confidence = self.default_confidence if min_confidence is None else min_confidence
        self._net = dlib.cnn_face_detection_model_v1(str(models.find("dlib-cnn-detector-dat", models_dir)))

    def detect(self, image: np.ndarray) -> list[Detection]:
        found = self._net(_wide_enough(image), self.upsample)
        return in_order([from_dlib(d.rect, d.confidence) for d in found if d.confidence >= self.min_confidence])


def _wide_enough(image: np.ndarray) -> np.ndarray:
    """`image`, with black on the right and below where dlib would crash on it: its pyramid goes on while a level is
    5 pixels high, and levels of a few pixels' width are read outside their memory. No face is lost or found by that."""
    height, width = image.shape[:2]
    below = max(0, _MIN_SIDE - height)
    right = max(0, _MIN_SIDE - width, round(_MIN_ASPECT * (height + below)) - width)
    if below == right == 0:
        return np.ascontiguousarray(image)
    return cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_CONSTANT)
