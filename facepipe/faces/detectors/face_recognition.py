"""The package face_recognition as a detector, for those who want what their scripts had: its own boxes, unchanged.

It gives no confidence (every face has 1.0), and its CNN runs on dlib itself.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from facepipe.faces.detectors.boxes import in_order
from facepipe.faces.detectors.finder import FaceFinder
from facepipe.records import Detection
from facepipe.registry import registry_of


@dataclass(frozen=True, slots=True)
class FaceRecognitionHog(FaceFinder):
    """`face_recognition.face_locations(image, model="hog")`."""

    name: ClassVar[str] = "face-recognition-hog"
    model: ClassVar[str] = "hog"

    def open(self, models_dir: Path | None = None) -> "Detector":
        return Detector(self)


@dataclass(frozen=True, slots=True)
class FaceRecognitionCnn(FaceRecognitionHog):
    """`face_recognition.face_locations(image, model="cnn")`."""

    name: ClassVar[str] = "face-recognition-cnn"
    model: ClassVar[str] = "cnn"


class Detector:
    """See `FaceDetector`."""

    def __init__(self, finder: FaceRecognitionHog) -> None:
        try:
            import face_recognition
        except (ImportError, SystemExit) as error:  # it quits where its models cannot be imported
            cause = error if isinstance(error, ImportError) else ImportError(name="face_recognition")
            raise registry_of("detector")[finder.name].lacks(cause) from error
        self._locate, self._finder = face_recognition.face_locations, finder

    def detect(self, image: np.ndarray) -> list[Detection]:
        found = self._locate(np.ascontiguousarray(image), self._finder.upsample, self._finder.model)
        boxes = [np.array([left, top, right, bottom], np.float32) for top, right, bottom, left in found]
        return in_order([Detection(box, box, 1.0) for box in boxes if self._finder.confidence <= 1.0])
