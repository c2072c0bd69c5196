"""What a face encoder is: options that open it, the space of its vectors, the chip that it wants to see."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

import numpy as np

from facepipe import models
from facepipe.options import PluginOptions
from facepipe.space import EmbeddingSpace

Chip = Callable[[np.ndarray, np.ndarray], np.ndarray]


class FaceEncoder(Protocol):
    """An open encoder. It may be shared by threads."""

    def encode(self, chips: np.ndarray) -> np.ndarray:
        """Embeddings, float32 (n, d), of aligned faces, uint8 (n, side, side, 3) RGB, as the embedder's `chip` cuts
        them. An embedding does not depend on the chips beside it, to the bit. ValueError for chips of another shape."""


@dataclass(frozen=True, slots=True)
class FaceEmbedder(PluginOptions):
    """An encoder that can be chosen. A subclass names itself and its model files, and says how it is opened.

    space: where its vectors live. chip: cuts the aligned face, uint8 (side, side, 3) RGB, out of an image, uint8
    (H, W, 3) RGB, by dlib's five landmarks, float32 (5, 2). auto: whether "auto" may stand for it.
    """

    space: ClassVar[EmbeddingSpace]
    chip: ClassVar[Chip]
    auto: ClassVar[bool] = False

    def is_installed(self, models_dir: Path | None = None) -> bool:
        """Whether its model files are there."""
        return all(models.is_installed(name, models_dir) for name in self.models)

    @abstractmethod
    def open(self, models_dir: Path | None = None) -> FaceEncoder:
        """Make it ready. ModelError: a model file is not installed, or not the right one."""
