"""dlib's HOG face detector: the reference of the early pipelines. Frontal faces from 80 px (40 px upsampled)."""

from pathlib import Path

import dlib
import numpy as np

from facepipe.detect.boxes import from_dlib, in_order
from facepipe.records import Detection


class Detector:
    """See `facepipe.detect.FaceDetector`. Scores are the margin of dlib's linear classifier; releases the GIL."""

    name = "hog"
    default_confidence = 0.0

    def __init__(self, upsample: int = 0, min_confidence: float | None = None, models_dir: Path | None = None) -> None:
        self.upsample = upsample
        self.min_confidence = self.default_confidence if min_confidence is None else min_confidence
        self._detector = dlib.get_frontal_face_detector()

    def detect(self, image: np.ndarray) -> list[Detection]:
        rects, scores, _ = self._detector.run(np.ascontiguousarray(image), self.upsample, self.min_confidence)
        return in_order([from_dlib(rect, score) for rect, score in zip(rects, scores, strict=True)])
