"""The reference face encoder: dlib itself."""

import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

import numpy as np

from facepipe import models
from facepipe.contracts import FaceEmbedder
from facepipe.faces.align import check_chips, face_chip
from facepipe.faces.encoders.dlib_onnx import DLIB_ENCODER_DAT
from facepipe.lazy import dlib
from facepipe.models import Model
from facepipe.space import DLIB, DLIB_MEASURED, EmbeddingSpace

_lock = threading.Lock()  # dlib's network keeps its activations in itself: one call at a time


@dataclass(frozen=True, slots=True)
class DlibNative(FaceEmbedder):
    """dlib's own network."""

    name: ClassVar[str] = "dlib-native"
    models: ClassVar[tuple[Model, ...]] = (DLIB_ENCODER_DAT,)
    space: ClassVar[EmbeddingSpace] = DLIB
    measured: ClassVar[str] = DLIB_MEASURED
    chip = staticmethod(face_chip)

    def open(self, models_dir: Path | None = None) -> "Encoder":
        return Encoder(models.find(self.models[0], models_dir))


class Encoder:
    """See `FaceEncoder`; only one thread computes at a time."""

    def __init__(self, model: Path) -> None:
        with _lock:
            self._network = _network(model)

    def encode(self, chips: np.ndarray) -> np.ndarray:
        """Embeddings, float32 (n, 128), norm about 1.4, of aligned faces, uint8 (n, 150, 150, 3) RGB."""
        embeddings = np.empty((len(chips), DLIB.dimensions), np.float32)
        with _lock:
            for row, chip in enumerate(check_chips(chips)):
                embeddings[row] = self._network.compute_face_descriptor(chip)
        return embeddings


@cache
def _network(path: Path) -> "dlib.face_recognition_model_v1":
    return dlib.face_recognition_model_v1(str(path))
