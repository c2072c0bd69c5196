"""Clothing by ResNet-18 with ImageNet weights."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from facepipe import models
from facepipe.faces.clothing.network import ClothModel, ClothNetwork

# What torchvision's weights expect of RGB, here for pixels of 0..255.
_MEAN, _SPREAD = 255 * np.array([0.485, 0.456, 0.406]), 255 * np.array([0.229, 0.224, 0.225])


@dataclass(frozen=True, slots=True)
class ImageNetCloth(ClothModel):
    """ResNet-18 up to conv3_x with torchvision's ImageNet weights, an optional download."""

    name: ClassVar[str] = "resnet18-imagenet"
    models: ClassVar[tuple[str, ...]] = ("resnet18-imagenet",)

    def open(self, models_dir: Path | None = None) -> ClothNetwork:
        return ClothNetwork(models.find(self.models[0], models_dir), _MEAN, _SPREAD)
