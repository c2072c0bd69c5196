"""dlib's HOG face detector: the reference of the early pipelines. Frontal faces from 80 px (40 px upsampled)."""

import copy
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

import numpy as np

from facepipe.contracts import FaceFinder
from facepipe.faces.detectors.boxes import from_dlib, in_order
from facepipe.lazy import dlib
from facepipe.records import Detection

_lock = threading.Lock()


@cache
def _first() -> "dlib.fhog_object_detector":
    """Unpacked once a process, for a quarter of a second in which no other thread runs; a copy takes 1 ms."""
    return dlib.get_frontal_face_detector()


@dataclass(frozen=True, slots=True)
class DlibHog(FaceFinder):
    """dlib's HOG."""

    name: ClassVar[str] = "hog"

    def open(self, models_dir: Path | None = None) -> "Detector":
        return Detector(self)


class Detector:
    """See `FaceDetector`. Scores are the margin of dlib's linear classifier; releases the GIL."""

    def __init__(self, finder: DlibHog) -> None:
        self.upsample, self.min_confidence = finder.upsample, finder.confidence
        with _lock:
            self._detector = copy.deepcopy(_first())  # a thread's own

    def detect(self, image: np.ndarray) -> list[Detection]:
        pixels = np.array(image, order="C")  # a copy: dlib refuses the strides of some views that are a pixel wide
        rects, scores, _ = self._detector.run(pixels, self.upsample, self.min_confidence)
        return in_order([from_dlib(rect, score) for rect, score in zip(rects, scores, strict=True)])
