"""The best encoder that is installed."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from facepipe.contracts import FaceEmbedder, FaceEncoder, PluginOptions
from facepipe.faces.first_installed import first_installed


@dataclass(frozen=True, slots=True)
class AutoEncoder(FaceEmbedder):
    """Stands for the first encoder of the registry that may be chosen so and has its model files."""

    name: ClassVar[str] = "auto"

    def resolved(self, models_dir: Path | None = None, earlier: PluginOptions | None = None) -> FaceEmbedder:
        """That encoder; a run that goes on keeps the one that it had."""
        return first_installed("encoder", self, models_dir, earlier)

    def open(self, models_dir: Path | None = None) -> FaceEncoder:
        return self.resolved(models_dir).open(models_dir)
