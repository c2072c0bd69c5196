"""YuNet on ONNX Runtime (Wu, Peng, Yu: YuNet, a tiny millisecond-level face detector): many faces in little time.

The same file through OpenCV's own FaceDetectorYN gives the same boxes in two and a half times the time.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from facepipe.contracts import FaceFinder
from facepipe.faces.detectors.network import NetworkDetector, network_input
from facepipe.faces.detectors.refit import Refit
from facepipe.faces.detectors.tiles import Found
from facepipe.models import Model

YUNET = Model(
    name="yunet",
    file="face_detection_yunet_2023mar.onnx",
    size=232_589,
    sha256="8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
    licence="MIT",
    origin="opencv/opencv_zoo",
    summary="face detector YuNet: the fastest",
    url="https://media.githubusercontent.com/media/opencv/opencv_zoo/main/models/face_detection_yunet/"
    "face_detection_yunet_2023mar.onnx",
)

_STRIDES = (8, 16, 32)  # input pixels per cell of the three maps


@dataclass(frozen=True, slots=True)
class YuNet(FaceFinder):
    """YuNet. The default confidence lies above what it gives to the backs of heads (up to 0.7) and below what dark,
    turned faces get (0.75)."""

    name: ClassVar[str] = "yunet"
    models: ClassVar[tuple[Model, ...]] = (YUNET,)
    scores: ClassVar[tuple[float, float]] = (0.0, 1.0)
    default_confidence: ClassVar[float] = 0.7
    smallest: ClassVar[int] = 20  # 95 % of 120 faces of LFW that were shrunk so; 86 % of 16 px, 51 % of 12
    photo_megapixels: ClassVar[float] = 25.0
    sure: ClassVar[float] = 0.91  # 98 % of 124 photos have such a face, turned ones none
    auto: ClassVar[bool] = True

    def open(self, models_dir: Path | None = None) -> "Detector":
        return Detector(self, Refit(box=0.96, points=1.81, rise=0.07), models_dir)


class Detector(NetworkDetector):
    """See `FaceDetector`. Scores are 0..1; landmarks are eye, eye, nose, mouth, mouth from the left."""

    def find(self, picture: np.ndarray) -> Found:
        """One look, before non-max suppression: the cells that are sure enough, as OpenCV's FaceDetectorYN reads them.

        The maps of a stride are cls, obj (h w, 1), bbox (h w, 4) and kps (h w, 10), cell after cell in rows. The score
        is the geometric mean of cls and obj; centre = cell + bbox[:2], side = exp(bbox[2:]), landmarks = cell + kps,
        all in strides.
        """
        image = network_input(picture[..., ::-1])
        maps = dict(zip(self.session.outputs, self.session.run(image), strict=True))
        boxes, scores, landmarks = [], [], []
        for stride in _STRIDES:
            cls, obj, bbox, kps = (maps[f"{name}_{stride}"][0] for name in ("cls", "obj", "bbox", "kps"))
            score = np.sqrt(np.clip(cls[:, 0], 0, 1) * np.clip(obj[:, 0], 0, 1))
            cells = np.flatnonzero(score >= self.min_confidence)
            at = np.stack(np.divmod(cells, image.shape[-1] // stride)[::-1], axis=1).astype(np.float32)
            centre, side = at + bbox[cells, :2], np.exp(bbox[cells, 2:])
            boxes.append(np.concatenate([centre - side / 2, centre + side / 2], axis=1) * stride)
            scores.append(score[cells])
            landmarks.append((at[:, None] + kps[cells].reshape(-1, 5, 2)) * stride)
        return np.concatenate(boxes), np.concatenate(scores), np.concatenate(landmarks)
