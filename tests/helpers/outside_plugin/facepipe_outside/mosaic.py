"""An encoder: the mean colours of the tiles of a face, by a network that ships here (see make_model.py)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np

from facepipe import models
from facepipe.contracts import FaceEmbedder
from facepipe.faces.align import face_chip
from facepipe.likeness import Likeness
from facepipe.models import Model
from facepipe.space import EmbeddingSpace

MOSAIC = Model(
    name="outside-mosaic",
    file="mosaic.onnx",
    size=312,
    sha256="ec4f95f9a419d4e9925a8e2f38b6d2ca056746cae0505ca25bd79d2b4fc1a545",
    licence="GPL-3.0-or-later",
    origin="part of facepipe-outside",
    summary="mean colours of a face",
    package="facepipe_outside",
    folder="models",
)

SIDE = 60  # pixels of a chip

# Vectors of 108 colours of 0..1: faces of one drawn person lie within about .5, others beyond 1.
SPACE = EmbeddingSpace(
    name="outside-mosaic",
    dimensions=108,
    likeness=Likeness(),
    gallery_threshold=0.7,
    gallery_ratio=0.8,
    join_threshold=0.7,
    join_ratio=0.8,
    near_duplicate=0.1,
    doubtful=(0.3, 0.5, 0.7),
)


def small_chip(image: np.ndarray, landmarks_xy: np.ndarray) -> np.ndarray:
    """dlib's aligned face, made small: uint8 (60, 60, 3) RGB."""
    return cv2.resize(face_chip(image, landmarks_xy), (SIDE, SIDE), interpolation=cv2.INTER_AREA)


@dataclass(frozen=True, slots=True)
class Mosaic(FaceEmbedder):
    """Mean colours of tiles."""

    name: ClassVar[str] = "outside-mosaic"
    models: ClassVar[tuple[Model, ...]] = (MOSAIC,)
    space: ClassVar[EmbeddingSpace] = SPACE
    chip = staticmethod(small_chip)

    def open(self, models_dir: Path | None = None) -> "Encoder":
        return Encoder(models.session(models.find(self.models[0], models_dir)))


class Encoder:
    """See `facepipe.contracts.FaceEncoder`."""

    def __init__(self, session: models.Session) -> None:
        self._session = session

    def encode(self, chips: np.ndarray) -> np.ndarray:
        if chips.dtype != np.uint8 or chips.shape[1:] != (SIDE, SIDE, 3):
            raise ValueError(f"chips must be uint8 (n, {SIDE}, {SIDE}, 3), not {chips.dtype} {chips.shape}")
        if not len(chips):
            return np.empty((0, SPACE.dimensions), np.float32)
        return self._session.run(np.ascontiguousarray(chips))[0]
