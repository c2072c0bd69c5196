"""What the detectors that are small networks have in common: YuNet and CenterFace."""

from abc import ABC, abstractmethod
from dataclasses import replace
from pathlib import Path

import numpy as np

from facepipe import models
from facepipe.contracts import FaceFinder
from facepipe.faces.detectors.boxes import enlarge, in_order
from facepipe.faces.detectors.refit import Refit, refitted
from facepipe.faces.detectors.tiles import Found, search
from facepipe.models import Model
from facepipe.records import Detection

MAX_IOU = 0.3  # of two boxes that overlap more, the worse goes
_MULTIPLE = 32  # the sides of the input


class NetworkDetector(ABC):
    """A `FaceDetector` on the one network of its finder; a subclass says how its output is read."""

    def __init__(self, finder: FaceFinder, refit: Refit, models_dir: Path | None) -> None:
        self.upsample, self.min_confidence, self._refit = finder.upsample, finder.confidence, refit
        (model,) = finder.models
        self.session = models.session(models.find(of_any_size(model), models_dir))

    def detect(self, image: np.ndarray) -> list[Detection]:
        found = search(enlarge(image, self.upsample), self.find, MAX_IOU)
        return in_order(refitted(found, 2**self.upsample, self._refit))

    @abstractmethod
    def find(self, picture: np.ndarray) -> Found:
        """A tile or the whole, RGB uint8 (H, W, 3), before non-max suppression: the cells that are sure enough."""


def of_any_size(model: Model) -> Model:
    """A network whose file declares one size of input, although its layers take any: converted once."""
    return replace(model, sha256="", made_from=(model,), convert="facepipe.models.dynamic:with_dynamic_shape")


def network_input(image: np.ndarray) -> np.ndarray:
    """float32 (1, 3, H, W), 0..255, of uint8 (H, W, 3), right and bottom padded with zeros to a multiple of 32."""
    height, width = (-(-side // _MULTIPLE) * _MULTIPLE for side in image.shape[:2])
    out = np.zeros((1, 3, height, width), np.float32)
    out[0, :, : image.shape[0], : image.shape[1]] = image.transpose(2, 0, 1)
    return out
