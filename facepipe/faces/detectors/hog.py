"""dlib's HOG face detector: the reference of the early pipelines. Frontal faces from 80 px (40 px upsampled)."""

import copy
import threading
from functools import cache
from pathlib import Path

import dlib
import numpy as np

from facepipe.faces.detectors.boxes import from_dlib, in_order
from facepipe.records import Detection

_lock = threading.Lock()


@cache
def _first() -> dlib.fhog_object_detector:
    """Unpacked once a process, for a quarter of a second in which no other thread runs; a copy takes 1 ms."""
    return dlib.get_frontal_face_detector()


class Detector:
    """See `FaceDetector`. Scores are the margin of dlib's linear classifier; releases the GIL."""

    name = "hog"
    default_confidence = 0.0

    def __init__(self, upsample: int = 0, min_confidence: float | None = None, models_dir: Path | None = None) -> None:
        self.upsample = upsample
        self.min_confidence = self.default_confidence if min_confidence is None else min_confidence
        with _lock:
            self._detector = copy.deepcopy(_first())  # a thread's own

    def detect(self, image: np.ndarray) -> list[Detection]:
        rects, scores, _ = self._detector.run(np.ascontiguousarray(image), self.upsample, self.min_confidence)
        return in_order([from_dlib(rect, score) for rect, score in zip(rects, scores, strict=True)])
