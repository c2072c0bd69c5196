"""The package face_recognition as a detector, for those who want what their scripts had: its own boxes, unchanged.

It gives no confidence (every face has 1.0), and its CNN runs on dlib itself.
"""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from facepipe.contracts import FaceFinder
from facepipe.faces.detectors.boxes import in_order
from facepipe.faces.detectors.cnn import DLIB_CNN_DAT
from facepipe.faces.detectors.cnn_dlib import wide_enough
from facepipe.faces.face_recognition import face_recognition_for
from facepipe.models import Model
from facepipe.records import Detection

_lock = threading.Lock()  # the package has one network for the whole process, and that keeps its activations in itself


@dataclass(frozen=True, slots=True)
class FaceRecognitionHog(FaceFinder):
    """`face_recognition.face_locations(image, model="hog")`."""

    name: ClassVar[str] = "face-recognition-hog"
    model: ClassVar[str] = "hog"

    def require(self) -> None:
        face_recognition_for("detector", self.name)

    def open(self, models_dir: Path | None = None) -> "Detector":
        return Detector(self)


@dataclass(frozen=True, slots=True)
class FaceRecognitionCnn(FaceRecognitionHog):
    """`face_recognition.face_locations(image, model="cnn")`."""

    name: ClassVar[str] = "face-recognition-cnn"
    models: ClassVar[tuple[Model, ...]] = (DLIB_CNN_DAT,)
    model: ClassVar[str] = "cnn"


class Detector:
    """See `FaceDetector`."""

    def __init__(self, finder: FaceRecognitionHog) -> None:
        self._locate = face_recognition_for("detector", finder.name).face_locations
        self._finder = finder

    def detect(self, image: np.ndarray) -> list[Detection]:
        with _lock:
            found = self._locate(wide_enough(image), self._finder.upsample, self._finder.model)
        boxes = [np.array([left, top, right, bottom], np.float32) for top, right, bottom, left in found]
        return in_order([Detection(box, box, 1.0) for box in boxes if self._finder.confidence <= 1.0])
