"""The face encoder: dlib's network on ONNX Runtime."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from facepipe import models
from facepipe.faces.align import check_chips, face_chip
from facepipe.faces.encoders.embedder import FaceEmbedder
from facepipe.space import DLIB, EmbeddingSpace

_MAX_BATCH = 8  # larger batches gain no time and cost 5 MB a chip


@dataclass(frozen=True, slots=True)
class Dlib(FaceEmbedder):
    """dlib's face recognition network on ONNX Runtime; equal to dlib's own result to 1e-5."""

    name: ClassVar[str] = "dlib"
    models: ClassVar[tuple[str, ...]] = ("dlib-face-encoder",)
    space: ClassVar[EmbeddingSpace] = DLIB
    chip = staticmethod(face_chip)
    auto: ClassVar[bool] = True

    def open(self, models_dir: Path | None = None) -> "Encoder":
        return Encoder(models.session(models.find(self.models[0], models_dir)))


class Encoder:
    """See `FaceEncoder`. session: of the network's ONNX file."""

    def __init__(self, session: models.Session) -> None:
        self._session = session

    def encode(self, chips: np.ndarray) -> np.ndarray:
        """Embeddings, float32 (n, 128), norm about 1.4, of aligned faces, uint8 (n, 150, 150, 3) RGB."""
        chips = check_chips(chips)
        embeddings = np.empty((len(chips), DLIB.dimensions), np.float32)
        for start in range(0, len(chips), _MAX_BATCH):
            batch = slice(start, start + _MAX_BATCH)
            embeddings[batch] = self._session.run(chips[batch])[0]
        return embeddings
