"""A clothing model: how much there is of each of 125 colours."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from facepipe.contracts import ClothModel
from facepipe.faces.clothing.torsos import TorsoEncoder
from facepipe.records import CLOTH_SIZE

_LEVELS = 5  # of red, green and blue


@dataclass(frozen=True, slots=True)
class Colours(ClothModel):
    """A histogram of colours."""

    name: ClassVar[str] = "outside-colours"

    def open(self, models_dir: Path | None = None) -> "Histogram":
        return Histogram()


class Histogram(TorsoEncoder):
    def encode(self, torsos: Sequence[np.ndarray]) -> np.ndarray:
        out = np.zeros((len(torsos), CLOTH_SIZE), np.float32)
        for row, torso in enumerate(torsos):
            red, green, blue = np.moveaxis(torso.astype(np.int64) * _LEVELS // 256, -1, 0)
            colours = (red * _LEVELS + green) * _LEVELS + blue
            out[row, : _LEVELS**3] = np.bincount(colours.ravel(), minlength=_LEVELS**3)
        return out / np.linalg.norm(out, axis=1, keepdims=True)
