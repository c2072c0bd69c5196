"""The package face_recognition as an encoder, for those who want what their scripts had.

It takes a picture and the place of a face in it, and finds dlib's five landmarks there. Here the picture is the aligned
chip, so that they are found once more, on an upright face: the vectors lie about .07 from dlib's own of that chip.
"""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from facepipe.contracts import FaceEmbedder
from facepipe.faces.align import check_chips, face_chip
from facepipe.faces.encoders.dlib_onnx import DLIB_ENCODER_DAT
from facepipe.faces.face_recognition import face_recognition_for
from facepipe.models import Model
from facepipe.space import DLIB, DLIB_MEASURED, EmbeddingSpace

# Where dlib's CNN would see the face in the chip: the mean places of the landmarks in its boxes of 64 real faces
# come to lie where the chip has them.
_BOX_LTRB = (5, -2, 134, 127)

_lock = threading.Lock()  # dlib's network keeps its activations in itself: one call at a time


@dataclass(frozen=True, slots=True)
class FaceRecognition(FaceEmbedder):
    """`face_recognition.face_encodings(image, [box], model="small")`."""

    name: ClassVar[str] = "face-recognition"
    models: ClassVar[tuple[Model, ...]] = (DLIB_ENCODER_DAT,)
    space: ClassVar[EmbeddingSpace] = DLIB
    measured: ClassVar[str] = DLIB_MEASURED
    chip = staticmethod(face_chip)

    def require(self) -> None:
        face_recognition_for("encoder", self.name)

    def open(self, models_dir: Path | None = None) -> "Encoder":
        return Encoder()


class Encoder:
    """See `FaceEncoder`; only one thread computes at a time."""

    def __init__(self) -> None:
        self._encode = face_recognition_for("encoder", FaceRecognition.name).face_encodings

    def encode(self, chips: np.ndarray) -> np.ndarray:
        """Embeddings, float32 (n, 128), norm about 1.4, of aligned faces, uint8 (n, 150, 150, 3) RGB."""
        embeddings = np.empty((len(chips), DLIB.dimensions), np.float32)
        left, top, right, bottom = _BOX_LTRB
        with _lock:
            for row, chip in enumerate(check_chips(chips)):
                (embeddings[row],) = self._encode(chip, [(top, right, bottom, left)], 1, "small")
        return embeddings
