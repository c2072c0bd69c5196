"""Clothing by ResNet-18 with ImageNet weights."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from facepipe import models
from facepipe.contracts import ClothModel
from facepipe.faces.clothing.network import ClothNetwork
from facepipe.models import Model

RESNET18 = Model(
    name="resnet18-imagenet",
    file="resnet18_imagenet_conv3x.onnx",
    size=0,
    sha256="",
    licence="Apache-2.0 (weights: torchvision, BSD-3-Clause)",
    origin="onnx/models",
    summary="clothing: ImageNet ResNet-18, cut at conv3_x when it arrives",
    url="https://media.githubusercontent.com/media/onnx/models/main/Computer_Vision/resnet18_Opset18_torch_hub/"
    "resnet18_Opset18.onnx",
    arrives_size=46_748_516,
    arrives_sha256="d9569854dc9a225248845b0853486a98ab1c0cdcd48dad19fb245430879a038e",
    cut="facepipe.models.cut:cut_resnet18",
)

# What torchvision's weights expect of RGB, here for pixels of 0..255.
_MEAN, _SPREAD = 255 * np.array([0.485, 0.456, 0.406]), 255 * np.array([0.229, 0.224, 0.225])


@dataclass(frozen=True, slots=True)
class ImageNetCloth(ClothModel):
    """ResNet-18 up to conv3_x with torchvision's ImageNet weights, an optional download."""

    name: ClassVar[str] = "resnet18-imagenet"
    models: ClassVar[tuple[Model, ...]] = (RESNET18,)

    def open(self, models_dir: Path | None = None) -> ClothNetwork:
        return ClothNetwork(models.find(self.models[0], models_dir), _MEAN, _SPREAD)
