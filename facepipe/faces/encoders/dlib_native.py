"""The reference face encoder: dlib itself."""

import threading
from functools import cache
from pathlib import Path

import dlib
import numpy as np

from facepipe import models
from facepipe.faces.encoders.dlib_onnx import check_chips
from facepipe.records import VECTOR_SIZE

_lock = threading.Lock()  # dlib's network keeps its activations in itself: one call at a time


class Encoder:
    """dlib's own network. Instances may be shared by threads, but only one of them computes at a time."""

    name = "dlib"

    def __init__(self, models_dir: Path | None = None) -> None:
        with _lock:
            self._network = _network(models.find("dlib-face-encoder-dat", models_dir))

    def encode(self, chips: np.ndarray) -> np.ndarray:
        """Vectors, float32 (n, 128), norm about 1.4, of aligned faces, uint8 (n, 150, 150, 3) RGB."""
        vectors = np.empty((len(chips), VECTOR_SIZE), np.float32)
        with _lock:
            for row, chip in enumerate(check_chips(chips)):
                vectors[row] = self._network.compute_face_descriptor(chip)
        return vectors


@cache
def _network(path: Path) -> "dlib.face_recognition_model_v1":
    return dlib.face_recognition_model_v1(str(path))
