"""Clothing by a network of the user's own."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from facepipe.contracts import ClothModel, PluginOptions
from facepipe.errors import ModelError
from facepipe.faces.clothing.network import ClothNetwork
from facepipe.options import option


@dataclass(frozen=True, slots=True)
class ClothFile(ClothModel):
    """An ONNX file that takes float32 RGB (n, 3, s, s), 0..255, and gives (n, 128)."""

    name: ClassVar[str] = "file"

    cloth_file: str = option("", "the .onnx file of --cloth-model file", metavar="FILE")

    def resolved(self, models_dir: Path | None, earlier: PluginOptions | None) -> ClothModel:
        """The same, found from wherever a later command is started."""
        (path,) = self.user_files()
        return replace(self, cloth_file=str(path.resolve()))

    def user_files(self) -> tuple[Path, ...]:
        if not Path(self.cloth_file).is_file():
            raise ModelError(f"no clothing model at {self.cloth_file or '--cloth-file'}: name an .onnx file")
        return (Path(self.cloth_file),)

    def open(self, models_dir: Path | None = None) -> ClothNetwork:
        (path,) = self.user_files()
        return ClothNetwork(path)
