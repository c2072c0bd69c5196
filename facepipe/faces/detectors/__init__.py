"""Face detectors, as data: one file and one line each.

`DETECTORS.load(name)` gives a class that keeps the contract of `FaceDetector`; `choose` turns "auto" into a name.
"""

from pathlib import Path
from typing import Protocol

import numpy as np

from facepipe import models
from facepipe.records import Detection
from facepipe.registry import Plugin, Registry

DETECTORS = Registry(
    "detector",
    Plugin("yunet", "facepipe.faces.detectors.yunet:Detector", "YuNet: finds the most, and fastest; optional download"),
    Plugin(
        "centerface",
        "facepipe.faces.detectors.centerface:Detector",
        "CenterFace: finds as many as yunet, slower; optional",
    ),
    Plugin("cnn", "facepipe.faces.detectors.cnn:Detector", "dlib's CNN on ONNX Runtime: misses small and turned faces"),
    Plugin(
        "hog",
        "facepipe.faces.detectors.hog:Detector",
        "dlib's HOG, a reference: finds frontal faces only, about half of what yunet finds",
    ),
    Plugin(
        "cnn-dlib",
        "facepipe.faces.detectors.cnn_dlib:Detector",
        "dlib's CNN on dlib itself, a reference: cnn, but slow",
    ),
)

_MODELS = {"yunet": "yunet", "centerface": "centerface"}  # the file that each needs; cnn's comes with pip
_AUTO = ("yunet", "centerface", "cnn")  # best first, by the share of faces found


class FaceDetector(Protocol):
    """Finds faces. `upsample`: how often the picture is doubled first. One instance belongs to one thread.

    UsageError: an option that cannot work. ModelError: its model file is not installed.
    """

    name: str
    default_confidence: float

    def __init__(self, upsample: int = 0, min_confidence: float | None = None, models_dir: Path | None = None) -> None:
        """min_confidence: the smallest score that is kept, in the detector's own unit (None: its default)."""

    def detect(self, image: np.ndarray) -> list[Detection]:
        """The faces of `image`, RGB uint8 (H, W, 3) of any size from 1x1.

        In pixels of `image`, after non-max suppression, sorted by (left, top) of the dlib-shaped box, which may
        leave the picture slightly. The same picture always gives the same list.
        """


def choose(name: str = "auto", models_dir: Path | None = None) -> str:
    """`name`, or for "auto" the best detector installed; UsageError lists the known names."""
    if name != "auto":
        return DETECTORS[name].name
    return next(n for n in _AUTO if n not in _MODELS or models.is_installed(_MODELS[n], models_dir))
