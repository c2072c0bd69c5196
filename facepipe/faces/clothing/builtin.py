"""The clothing model that ships with facepipe."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from facepipe import models
from facepipe.faces.clothing.network import ClothModel, ClothNetwork


@dataclass(frozen=True, slots=True)
class BuiltinCloth(ClothModel):
    """ResNet-18 up to conv3_x, trained on drawn garments (training/cloth)."""

    name: ClassVar[str] = "builtin"
    models: ClassVar[tuple[str, ...]] = ("cloth-builtin",)

    def open(self, models_dir: Path | None = None) -> ClothNetwork:
        return ClothNetwork(models.find(self.models[0], models_dir))
