"""The face encoder: dlib's network on ONNX Runtime."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from facepipe import models
from facepipe.contracts import FaceEmbedder
from facepipe.faces.align import check_chips, face_chip
from facepipe.models import Model
from facepipe.space import DLIB, DLIB_MEASURED, EmbeddingSpace

DLIB_ENCODER_DAT = Model(
    name="dlib-face-encoder-dat",
    file="dlib_face_recognition_resnet_model_v1.dat",
    size=22_466_066,
    sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    licence="CC0-1.0",
    origin="davisking/dlib-models, through the package face_recognition_models",
    summary="face encoder, as dlib reads it",
    package="face_recognition_models",
)
DLIB_ENCODER = Model(
    name="dlib-face-encoder",
    file="dlib_face_encoder.onnx",
    size=0,
    sha256="",
    licence="CC0-1.0",
    origin="converted on this machine",
    summary="face encoder for ONNX Runtime",
    made_from=(DLIB_ENCODER_DAT,),
    convert="facepipe.models.dlib_onnx:convert_face_encoder",
)

_MAX_BATCH = 8  # larger batches gain no time and cost 5 MB a chip


@dataclass(frozen=True, slots=True)
class Dlib(FaceEmbedder):
    """dlib's face recognition network on ONNX Runtime; equal to dlib's own result to 1e-5."""

    name: ClassVar[str] = "dlib"
    models: ClassVar[tuple[Model, ...]] = (DLIB_ENCODER,)
    space: ClassVar[EmbeddingSpace] = DLIB
    measured: ClassVar[str] = DLIB_MEASURED
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
