"""The best detector that is installed."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import ClassVar

from facepipe.contracts import FaceDetector, FaceFinder, PluginOptions
from facepipe.registry import registry_of


@dataclass(frozen=True, slots=True)
class AutoDetector(FaceFinder):
    """Stands for the first detector of the registry that may be chosen so and has its model files."""

    name: ClassVar[str] = "auto"

    def resolved(self, models_dir: Path | None = None, earlier: PluginOptions | None = None) -> FaceFinder:
        """That detector, with the options given here; a run that goes on keeps the one that it had."""
        known = [plugin.load() for plugin in registry_of("detector") if not plugin.package and not plugin.install]
        best = [finder() for finder in known if finder.auto]
        if isinstance(earlier, FaceFinder) and earlier.name in [finder.name for finder in best]:
            best.insert(0, type(earlier)())
        chosen = next((finder for finder in best if finder.is_installed(models_dir)), best[-1])  # which says what lacks
        return type(chosen)(**{spec.name: getattr(self, spec.name) for spec in fields(self)})

    def open(self, models_dir: Path | None = None) -> FaceDetector:
        return self.resolved(models_dir).open(models_dir)
