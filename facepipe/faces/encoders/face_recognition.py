"""The package face_recognition as an encoder, for those who want what their scripts had.

It takes a picture and the place of a face in it; here the picture is the aligned chip and the place all of it, so that
its own five landmarks are found once more on an upright face.
"""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from facepipe.faces.align import PADDING, check_chips, face_chip
from facepipe.faces.encoders.embedder import FaceEmbedder
from facepipe.registry import registry_of
from facepipe.space import DLIB, EmbeddingSpace

_lock = threading.Lock()  # dlib's network keeps its activations in itself: one call at a time


@dataclass(frozen=True, slots=True)
class FaceRecognition(FaceEmbedder):
    """`face_recognition.face_encodings(image, [box], model="small")`."""

    name: ClassVar[str] = "face-recognition"
    space: ClassVar[EmbeddingSpace] = DLIB
    chip = staticmethod(face_chip)

    def open(self, models_dir: Path | None = None) -> "Encoder":
        return Encoder()


class Encoder:
    """See `FaceEncoder`; only one thread computes at a time."""

    def __init__(self) -> None:
        try:
            import face_recognition
        except (ImportError, SystemExit) as error:  # it quits where its models cannot be imported
            cause = error if isinstance(error, ImportError) else ImportError(name="face_recognition")
            raise registry_of("encoder")[FaceRecognition.name].lacks(cause) from error
        self._encode = face_recognition.face_encodings

    def encode(self, chips: np.ndarray) -> np.ndarray:
        """Embeddings, float32 (n, 128), norm about 1.4, of aligned faces, uint8 (n, 150, 150, 3) RGB."""
        embeddings = np.empty((len(chips), DLIB.dimensions), np.float32)
        with _lock:
            for row, chip in enumerate(check_chips(chips)):
                side = len(chip)
                edge = round(side * PADDING / (1 + 2 * PADDING))
                box = (edge, side - edge, side - edge, edge)  # top, right, bottom, left
                (embeddings[row],) = self._encode(chip, [box], 1, "small")
        return embeddings
