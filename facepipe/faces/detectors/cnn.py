"""dlib's CNN face detector (max-margin object detection) on ONNX Runtime: dlib's own boxes and scores, much faster.

The network slides an 80x80 window over a tiled pyramid in steps of 8 pixels. Large pictures go through it in bands
of rows that overlap by what the network sees, so memory stays bounded and the result is the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from facepipe import models
from facepipe.contracts import FaceFinder
from facepipe.faces.detectors.boxes import in_order, non_max_suppression
from facepipe.faces.detectors.dlib_pyramid import build_levels, normalised_rows, resize, tile_layout, to_picture
from facepipe.models import Model
from facepipe.records import Detection

DLIB_CNN_DAT = Model(
    name="dlib-cnn-detector-dat",
    file="mmod_human_face_detector.dat",
    size=729_940,
    sha256="4cb19393e2fbaf2b1609a9319ad5386618c886a6234ec1b971f3e87c85d87fe6",
    licence="CC0-1.0",
    origin="davisking/dlib-models, through the package face_recognition_models",
    summary="face detector CNN, as dlib reads it",
    package="face_recognition_models",
)
DLIB_CNN = Model(
    name="dlib-cnn-detector",
    file="dlib_cnn_detector.onnx",
    size=0,
    sha256="",
    licence="CC0-1.0",
    origin="converted on this machine",
    summary="face detector CNN for ONNX Runtime",
    made_from=(DLIB_CNN_DAT,),
    convert="facepipe.models.dlib_onnx:convert_cnn_detector",
)

# From the header of mmod_human_face_detector.dat: the detector window, and the overlap (IoU) at which the worse of
# two boxes goes.
WINDOW = 80
MAX_IOU = 0.3382761351109955

# Three 5x5 convolutions of stride 2 without padding: cell r sees rows 8 r ... 8 r + 28, and 8 r + 14 is their middle.
# Three 5x5 and one 9x9 with padding follow: 2 + 2 + 2 + 4 cells more on each side.
STRIDE, SEEN, MIDDLE, CONTEXT = 8, 29, 14, 10
BAND_PIXELS = 2_000_000


@dataclass(frozen=True, slots=True)
class DlibCnn(FaceFinder):
    """dlib's CNN on ONNX Runtime."""

    name: ClassVar[str] = "cnn"
    models: ClassVar[tuple[Model, ...]] = (DLIB_CNN,)
    photo_megapixels: ClassVar[float] = 2.5
    auto: ClassVar[bool] = True

    def open(self, models_dir: Path | None = None) -> "Detector":
        return Detector(self, models_dir)


class Detector:
    """See `FaceDetector`. Scores are the margin of dlib's loss layer, from 0."""

    def __init__(self, finder: DlibCnn, models_dir: Path | None) -> None:
        self.upsample, self.min_confidence = finder.upsample, finder.confidence
        self._session = models.session(models.find(finder.models[0], models_dir))

    def detect(self, image: np.ndarray) -> list[Detection]:
        for _ in range(self.upsample):
            image = resize(image, (2 * image.shape[1] + 2, 2 * image.shape[0] + 1))
        tiles, size_wh = tile_layout((image.shape[1], image.shape[0]))
        levels = build_levels(image, tiles)
        centres, scores = [np.zeros((0, 2))], [np.zeros(0, np.float32)]
        for rows, first, cells in _bands(size_wh):
            score_map = self._session.run(normalised_rows(levels, tiles, size_wh[0], rows))[0][0, 0, cells]
            y, x = np.nonzero(score_map >= self.min_confidence)
            centres.append(np.stack([x, y + first], axis=1) * STRIDE + MIDDLE)
            scores.append(score_map[y, x])
        return self._detections(to_picture(np.concatenate(centres), WINDOW, tiles), np.concatenate(scores))

    def _detections(self, boxes: np.ndarray, scores: np.ndarray) -> list[Detection]:
        keep = non_max_suppression(boxes, scores, MAX_IOU)
        found = boxes[keep].astype(np.float64)
        if self.upsample:
            found[:, 2:] -= 1  # dlib maps the last pixel
            for _ in range(self.upsample):  # pyramid_down<2>::point_down
                found = found / 2 - [1.25, 0.75, 1.25, 0.75]
            found = np.floor(found + 0.5)
            found[:, 2:] += 1
        return in_order([Detection(box, box, float(score)) for box, score in zip(found, scores[keep], strict=True)])


def _bands(size_wh: tuple[int, int]) -> Iterator[tuple[slice, int, slice]]:
    """Bands that cover the tiled picture: its rows, the first score row that is new, and which of the band's are."""
    width, height = size_wh
    total = _cells(height)
    if total < 1 or _cells(width) < 1:
        return
    step = max(4 * CONTEXT, BAND_PIXELS // (STRIDE * width) - 2 * CONTEXT)
    for first in range(0, total, step):
        last = min(first + step, total)
        start, stop = max(0, first - CONTEXT), min(total, last + CONTEXT)
        rows = slice(start * STRIDE, height if stop == total else (stop - 1) * STRIDE + SEEN)
        yield rows, first, slice(first - start, last - start)


def _cells(side: int) -> int:
    """How many score cells lie along a side: three unpadded 5x5 convolutions of stride 2."""
    for _ in range(3):
        side = (side - 5) // 2 + 1
    return side
