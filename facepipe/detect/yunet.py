"""YuNet through OpenCV (Wu, Peng, Yu: YuNet, a tiny millisecond-level face detector): many faces in little time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from facepipe import models
from facepipe.detect.boxes import enlarge, in_order
from facepipe.detect.looks import Found, search
from facepipe.detect.refit import Refit, refitted
from facepipe.records import Detection

_MAX_IOU = 0.3
_MOST = 5000  # candidates before non-max suppression
_REFIT = Refit(box=0.96, points=1.81, rise=0.07)


_lock = threading.Lock()


@contextmanager
def _quiet_opencv() -> Iterator[None]:
    """OpenCV 5 warns of a target that nobody chose; its log level belongs to the whole process."""
    with _lock:
        level = cv2.utils.logging.getLogLevel()
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
        try:
            yield
        finally:
            cv2.utils.logging.setLogLevel(level)


class Detector:
    """See `facepipe.detect.FaceDetector`. Scores are 0..1; landmarks are eye, eye, nose, mouth, mouth from the left.

    The default confidence lies above what it gives to the backs of heads (up to 0.7) and below what dark, turned
    faces get (0.75).
    """

    name = "yunet"
    default_confidence = 0.7

    def __init__(self, upsample: int = 0, min_confidence: float | None = None, models_dir: Path | None = None) -> None:
        self.upsample = upsample
        self.min_confidence = self.default_confidence if min_confidence is None else min_confidence
        path = str(models.find("yunet", models_dir))
        with _quiet_opencv():
            self._net = cv2.FaceDetectorYN.create(path, "", (32, 32), self.min_confidence, _MAX_IOU, _MOST)

    def detect(self, image: np.ndarray) -> list[Detection]:
        found = search(enlarge(image, self.upsample), self._find, _MAX_IOU)
        return in_order(refitted(found, 2**self.upsample, _REFIT))

    def _find(self, picture: np.ndarray) -> Found:
        """One look. A row of YuNet: left, top, width, height, five landmarks, score."""
        self._net.setInputSize((picture.shape[1], picture.shape[0]))
        rows = self._net.detect(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1]
        rows = np.zeros((0, 15), np.float32) if rows is None else rows
        boxes = np.concatenate([rows[:, :2], rows[:, :2] + rows[:, 2:4]], axis=1)
        return boxes, rows[:, 14], rows[:, 4:14].reshape(-1, 5, 2)
