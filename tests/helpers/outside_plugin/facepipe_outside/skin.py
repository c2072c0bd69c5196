"""A detector: patches of the colour of skin, whatever their shape."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np

from facepipe.contracts import FaceFinder
from facepipe.options import option
from facepipe.records import Detection

_LOW, _HIGH = (60, 138, 80), (255, 178, 125)  # Y, Cr, Cb


@dataclass(frozen=True, slots=True)
class Skin(FaceFinder):
    """Patches of skin.

    A face is the square at the top of a patch; its score is the share of the patch's box that is skin.
    """

    name: ClassVar[str] = "outside-skin"
    default_confidence: ClassVar[float] = 0.4

    skin_side: int = option(24, "smallest side of a patch, in pixels of the detector's picture", metavar="PX", low=1)

    def open(self, models_dir: Path | None = None) -> "Detector":
        return Detector(self)


class Detector:
    """See `facepipe.contracts.FaceDetector`."""

    def __init__(self, finder: Skin) -> None:
        self._finder = finder

    def detect(self, image: np.ndarray) -> list[Detection]:
        times = 2**self._finder.upsample
        large = cv2.resize(image, None, fx=times, fy=times)
        skin = cv2.inRange(cv2.cvtColor(large, cv2.COLOR_RGB2YCrCb), _LOW, _HIGH)
        skin = cv2.morphologyEx(skin, cv2.MORPH_OPEN, np.ones((9 * times, 9 * times), np.uint8))
        found = []
        for left, top, width, height, area in cv2.connectedComponentsWithStats(skin)[2][1:].tolist():
            score = area / (width * height)
            if min(width, height) >= self._finder.skin_side and score >= self._finder.confidence:
                box = np.array([left, top, left + width, top + width], np.float32) / times
                found.append(Detection(box, box, score))
        return sorted(found, key=lambda face: (*face.box_ltrb.tolist(), -face.score))
