"""dlib's CNN face detector on dlib itself: the reference that `cnn` is compared with, and many times slower."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from facepipe import models
from facepipe.contracts import FaceFinder
from facepipe.faces.detectors.boxes import from_dlib, in_order
from facepipe.faces.detectors.cnn import DLIB_CNN_DAT
from facepipe.lazy import cv2, dlib
from facepipe.models import Model
from facepipe.records import Detection

_MIN_SIDE = 16  # pixels
_MIN_ASPECT = 0.25  # width / height


@dataclass(frozen=True, slots=True)
class DlibCnnNative(FaceFinder):
    """dlib's CNN on dlib itself."""

    name: ClassVar[str] = "cnn-dlib"
    models: ClassVar[tuple[Model, ...]] = (DLIB_CNN_DAT,)

    def open(self, models_dir: Path | None = None) -> "Detector":
        return Detector(self, models_dir)


class Detector:
    """See `FaceDetector`. Scores are the margin of dlib's loss layer, from 0."""

    def __init__(self, finder: DlibCnnNative, models_dir: Path | None) -> None:
        self.upsample, self.min_confidence = finder.upsample, finder.confidence
        self._net = dlib.cnn_face_detection_model_v1(str(models.find(finder.models[0], models_dir)))

    def detect(self, image: np.ndarray) -> list[Detection]:
        found = self._net(wide_enough(image), self.upsample)
        return in_order([from_dlib(d.rect, d.confidence) for d in found if d.confidence >= self.min_confidence])


def wide_enough(image: np.ndarray) -> np.ndarray:
    """`image`, with black on the right and below where dlib would crash on it: its pyramid goes on while a level is
    5 pixels high, and levels of a few pixels' width are read outside their memory. No face is lost or found by that."""
    height, width = image.shape[:2]
    below = max(0, _MIN_SIDE - height)
    right = max(0, _MIN_SIDE - width, round(_MIN_ASPECT * (height + below)) - width)
    if below == right == 0:
        return np.ascontiguousarray(image)
    return cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_CONSTANT)
