"""The clothing model that ships with facepipe."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from facepipe import models
from facepipe.contracts import ClothModel
from facepipe.faces.clothing.network import ClothNetwork
from facepipe.models import Model

CLOTH_BUILTIN = Model(
    name="cloth-builtin",
    file="cloth_resnet18.onnx",
    size=2_800_729,
    sha256="309138412e0905d42b5f0210e4ba285d514dc7b11493e6ab8f19dee1d5dc31e8",
    licence="GPL-3.0-or-later",
    origin="part of facepipe",
    summary="clothing: ResNet-18 up to conv3_x, trained on drawn garments",
)


@dataclass(frozen=True, slots=True)
class BuiltinCloth(ClothModel):
    """ResNet-18 up to conv3_x, trained on drawn garments (training/cloth)."""

    name: ClassVar[str] = "builtin"
    models: ClassVar[tuple[Model, ...]] = (CLOTH_BUILTIN,)

    def open(self, models_dir: Path | None = None) -> ClothNetwork:
        return ClothNetwork(models.find(self.models[0], models_dir))
