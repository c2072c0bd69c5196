"""The best detector that is installed."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from facepipe.contracts import FaceDetector, FaceFinder, PluginOptions
from facepipe.faces.first_installed import first_installed


@dataclass(frozen=True, slots=True)
class AutoDetector(FaceFinder):
    """Stands for the first detector of the registry that may be chosen so and has its model files."""

    name: ClassVar[str] = "auto"

    def resolved(self, models_dir: Path | None = None, earlier: PluginOptions | None = None) -> FaceFinder:
        """That detector, with the options given here; a run that goes on keeps the one that it had."""
        return first_installed("detector", self, models_dir, earlier)

    def open(self, models_dir: Path | None = None) -> FaceDetector:
        return self.resolved(models_dir).open(models_dir)
