"""The best encoder that is installed."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from facepipe.contracts import FaceEmbedder, FaceEncoder, PluginOptions
from facepipe.registry import registry_of


@dataclass(frozen=True, slots=True)
class AutoEncoder(FaceEmbedder):
    """Stands for the first encoder of the registry that may be chosen so and has its model files."""

    name: ClassVar[str] = "auto"

    def resolved(self, models_dir: Path | None = None, earlier: PluginOptions | None = None) -> FaceEmbedder:
        """That encoder; a run that goes on keeps the one that it had."""
        known = [plugin.load() for plugin in registry_of("encoder") if not plugin.package and not plugin.install]
        best = [embedder() for embedder in known if embedder.auto]
        if isinstance(earlier, FaceEmbedder) and earlier.name in [embedder.name for embedder in best]:
            best.insert(0, earlier)
        return next(
            (embedder for embedder in best if embedder.is_installed(models_dir)), best[-1]
        )  # it says what lacks

    def open(self, models_dir: Path | None = None) -> FaceEncoder:
        return self.resolved(models_dir).open(models_dir)
