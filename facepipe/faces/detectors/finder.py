"""What a face detector is: options that open it, and what it does once it is open."""

from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

import numpy as np

from facepipe import models
from facepipe.errors import UsageError
from facepipe.options import PluginOptions, option
from facepipe.records import Detection


class FaceDetector(Protocol):
    """An open detector; it belongs to one thread."""

    def detect(self, image: np.ndarray) -> list[Detection]:
        """The faces of `image`, RGB uint8 (H, W, 3) of any size from 1x1.

        In pixels of `image`, after non-max suppression, sorted by (left, top) of the dlib-shaped box, which may
        leave the picture slightly. The same picture always gives the same list.
        """


@dataclass(frozen=True, slots=True)
class FaceFinder(PluginOptions):
    """A detector that can be chosen. A subclass names itself and its model files, and says how it is opened.

    default_confidence: the smallest score that is kept where nobody says otherwise, in the detector's own unit.
    auto: whether "auto" may stand for it.
    """

    default_confidence: ClassVar[float] = 0.0
    auto: ClassVar[bool] = False

    upsample: int = option(
        0, "times the detector's picture is doubled, to find smaller faces (at most 4)", metavar="N", low=0
    )
    min_confidence: float | None = option(None, "smallest confidence kept (default: the detector's own)", metavar="C")

    def check(self) -> None:
        if self.upsample > 4:
            raise UsageError(f"--upsample {self.upsample}: must be at most 4, which is 256 times the pixels")

    @property
    def confidence(self) -> float:
        """The smallest score that is kept."""
        return self.default_confidence if self.min_confidence is None else self.min_confidence

    def is_installed(self, models_dir: Path | None = None) -> bool:
        """Whether its model files are there."""
        return all(models.is_installed(name, models_dir) for name in self.models)

    @abstractmethod
    def open(self, models_dir: Path | None = None) -> FaceDetector:
        """Make it ready, in the thread that will use it. ModelError: a model file is not installed, or not right."""
