"""The face encoder of the Open Model Zoo, face-reidentification-retail-0095, and the chip that it takes."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from facepipe import models
from facepipe.contracts import FaceEmbedder
from facepipe.faces.align import check_chips
from facepipe.faces.chip import cut_chip
from facepipe.likeness import Likeness
from facepipe.models import Model
from facepipe.space import EmbeddingSpace

_PLACE = (
    "https://storage.openvinotoolkit.org/repositories/open_model_zoo/2023.0/models_bin/1/"
    "face-reidentification-retail-0095/FP16/"
)
_GRAPH = Model(
    name="retail-0095-xml",
    file="face-reidentification-retail-0095.xml",
    size=350_427,
    sha256="ce53d2c9c08c0bd1c1660fb8a5b6d0e3e4ec19eb92f1036d2d83a85e83082dce",
    licence="Apache-2.0",
    origin="openvinotoolkit/open_model_zoo 2023.0",
    summary="its graph, as OpenVINO reads it",
    url=f"{_PLACE}face-reidentification-retail-0095.xml",
)
_WEIGHTS = Model(
    name="retail-0095-bin",
    file="face-reidentification-retail-0095.bin",
    size=2_213_628,
    sha256="241229ca3d206321868d46ce74a3c0b06c49cea58db7dc70b2e842ff287545d1",
    licence="Apache-2.0",
    origin="openvinotoolkit/open_model_zoo 2023.0",
    summary="its weights",
    url=f"{_PLACE}face-reidentification-retail-0095.bin",
)
RETAIL_0095 = Model(
    name="retail-0095",
    file="face_reidentification_retail_0095.onnx",
    size=0,
    sha256="",
    licence="Apache-2.0",
    origin="converted on this machine",
    summary="face encoder of the Open Model Zoo: tells more people apart than dlib's",
    made_from=(_GRAPH, _WEIGHTS),
    convert="facepipe.models.openvino_onnx:convert",
)

# The likeness is fitted to half the people of a quarter of Labeled Faces in the Wild: see docs/clustering.md. Gallery,
# near-duplicates and doubt are for embeddings of length 1.
SPACE = EmbeddingSpace(
    name="retail-0095",
    dimensions=256,
    likeness=Likeness(
        shared=0.769,
        clarity_base=1.317,
        clarity_slope=0.51,
        length_usual=15.07,
        length_gain=0.713,
        keeps_length=False,
        same_spread=0.204,
        stranger_mean=0.0,
        stranger_spread=0.087,
        alike_share=0.126,
        alike_mean=0.053,
        alike_spread=0.133,
        beside=0.05,
        weak=0.15,
    ),
    gallery_threshold=0.90,
    gallery_ratio=0.85,
    join_threshold=0.80,
    join_ratio=0.8,
    near_duplicate=0.5,
    doubtful=(0.55, 0.75, 0.95),
)

CHIP_SIZE = 128  # pixels a side

# Where dlib's five points lie in the chip, in dlib's order: the corners of the eye at the right of the picture, of the
# one at the left, the foot of the nose.
TEMPLATE_XY = np.array([(93.64, 56.24), (75.64, 57.85), (31.25, 57.31), (49.30, 58.30), (63.04, 91.74)])

_MAX_BATCH = 4  # larger batches take longer a face


def retail_chip(image: np.ndarray, landmarks_xy: np.ndarray) -> np.ndarray:
    """The aligned face, uint8 (128, 128, 3) RGB: see `cut_chip`."""
    return cut_chip(image, landmarks_xy, TEMPLATE_XY, CHIP_SIZE)


@dataclass(frozen=True, slots=True)
class Retail0095(FaceEmbedder):
    """The network on ONNX Runtime; equal to OpenVINO's own result to 1e-5."""

    name: ClassVar[str] = "retail-0095"
    models: ClassVar[tuple[Model, ...]] = (RETAIL_0095,)
    space: ClassVar[EmbeddingSpace] = SPACE
    chip = staticmethod(retail_chip)
    auto: ClassVar[bool] = True
    measured: ClassVar[str] = (
        "1,453 people of Labeled Faces in the Wild it told apart with a B-cubed F of .991, those of the worst of ten "
        "groups of people who look alike with .969"
    )

    def open(self, models_dir: Path | None = None) -> "Encoder":
        return Encoder(models.session(models.find(self.models[0], models_dir)))


class Encoder:
    """See `FaceEncoder`. session: of the network's ONNX file."""

    def __init__(self, session: models.Session) -> None:
        self._session = session

    def encode(self, chips: np.ndarray) -> np.ndarray:
        """Embeddings of norm 1, float32 (n, 256), of faces cut by `retail_chip`, uint8 (n, 128, 128, 3) RGB."""
        embeddings = self.outputs(chips)
        return embeddings / np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), 1e-12)

    def outputs(self, chips: np.ndarray) -> np.ndarray:
        """The same before they get norm 1: about 15 long for clear faces, 12 for profiles, 8 for what is no face."""
        chips = check_chips(chips, CHIP_SIZE)
        embeddings = np.empty((len(chips), SPACE.dimensions), np.float32)
        for start in range(0, len(chips), _MAX_BATCH):
            batch = slice(start, start + _MAX_BATCH)
            planes = chips[batch, :, :, ::-1].transpose(0, 3, 1, 2).astype(np.float32, order="C")  # BGR, 0..255
            embeddings[batch] = self._session.run(planes)[0].reshape(-1, SPACE.dimensions)
        return embeddings
