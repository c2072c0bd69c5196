"""Face vectors by a network of the user's own, of the kind that is trained with ArcFace's chips."""

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import numpy as np

from facepipe import models
from facepipe.contracts import FaceEmbedder, PluginOptions
from facepipe.errors import ModelError, UsageError
from facepipe.faces.align import check_chips
from facepipe.faces.chip import cut_chip
from facepipe.faces.encoders.retail import SPACE
from facepipe.likeness import Likeness
from facepipe.models.hashing import file_sha256
from facepipe.options import option
from facepipe.space import EmbeddingSpace
from facepipe.space_file import read_space

# Where dlib's five points lie in ArcFace's chip of 112 pixels: their means over 3,422 clear faces of Labeled Faces in
# the Wild that were aligned to its template (eyes, nose and corners of the mouth, as InsightFace has them) by YuNet's
# landmarks. One point spreads by 2 to 3 pixels.
TEMPLATE_XY = np.array([(79.27, 53.12), (65.56, 53.71), (30.73, 53.74), (44.47, 53.96), (55.31, 80.69)])
TEMPLATE_SIDE = 112

# Of a network that nobody has calibrated: the likeness that is usual, and distances as of retail-0095.
_USUAL = replace(SPACE, name="", dimensions=0, likeness=replace(Likeness(), keeps_length=False))
_LARGEST = 1e15  # a vector that is longer has no length that a float32 could hold


@dataclass(frozen=True, slots=True)
class EncoderFile(FaceEmbedder):
    """An ONNX file that takes one aligned face, (n, 3, s, s) or (n, s, s, 3), and gives (n, d); see `calibrate`."""

    name: ClassVar[str] = "file"

    encoder_file: str = option("", "the .onnx file of --encoder file", metavar="FILE")
    encoder_mean: float = option(127.5, "what is subtracted from pixels of 0..255", metavar="M")
    encoder_scale: float = option(127.5, "what they are divided by then", metavar="S", low=1e-6)
    encoder_bgr: bool = option(False, "colours are given as blue, green, red")
    calibrated: bool = True  # whether what was calibrated counts; not so while it is made

    @property
    def path(self) -> Path:
        """UsageError: no such file."""
        if not Path(self.encoder_file).is_file():
            raise UsageError(f"no network at {self.encoder_file or '--encoder-file'}: name an .onnx file")
        return Path(self.encoder_file)

    @property
    def space_path(self) -> Path:
        """Where `facepipe calibrate` writes what it finds."""
        return self.path.with_name(f"{self.path.stem}.space.json")

    @property
    def title(self) -> str:
        known = "" if self._is_calibrated else " (not calibrated: see facepipe calibrate --help)"
        return f"{self.path.name}{known}"

    @property
    def space(self) -> EmbeddingSpace:  # type: ignore[override]
        """What was calibrated, or what is usual. ModelError: no network of faces, or calibrated with other options."""
        plain = replace(_USUAL, name=self.space_name, dimensions=self.open().dimensions)
        if not self._is_calibrated:
            return plain
        found = read_space(self.space_path)
        if (found.name, found.dimensions) != (plain.name, plain.dimensions):
            raise ModelError(
                f"{self.space_path} was made for another network, or with other options: run facepipe calibrate again"
            )
        return found

    @property
    def _is_calibrated(self) -> bool:
        return self.calibrated and self.space_path.is_file()

    @property
    def space_name(self) -> str:
        """Tells networks, and what they are given, apart: vectors of different ones must not meet."""
        given = f"{self.encoder_mean:g}-{self.encoder_scale:g}-{'bgr' if self.encoder_bgr else 'rgb'}"
        return f"file-{file_sha256(self.path)[:16]}-{given}"

    def resolved(self, models_dir: Path | None, earlier: PluginOptions | None) -> FaceEmbedder:
        """The same, found from wherever a later command is started."""
        return replace(self, encoder_file=str(self.path.resolve()))

    def user_files(self) -> tuple[Path, ...]:
        return (self.path, self.space_path) if self._is_calibrated else (self.path,)

    def chip(self, image: np.ndarray, landmarks_xy: np.ndarray) -> np.ndarray:  # type: ignore[override]
        """The aligned face, uint8 (s, s, 3) RGB, of the size that the network takes: see `cut_chip`."""
        side = self.open().side
        return cut_chip(image, landmarks_xy, TEMPLATE_XY * (side / TEMPLATE_SIDE), side)

    def open(self, models_dir: Path | None = None) -> "Encoder":
        return _opened(models.session(self.path), self)


class Encoder:
    """See `FaceEncoder`. side: pixels of a chip. dimensions: of a vector."""

    def __init__(self, session: models.Session, options: EncoderFile) -> None:
        """ModelError: the network takes something else than one face, or gives something else than a vector."""
        self._session, self._options = session, options
        shapes = list(session.inputs.values())
        shape = shapes[0] if len(shapes) == 1 else ()
        self._planes = len(shape) == 4 and shape[1] == 3
        if len(shape) != 4 or not (self._planes or shape[3] == 3):
            raise ModelError(f"{options.path} takes {shapes}, not one picture of three colours: no network of faces")
        if len(session.outputs) != 1:
            raise ModelError(f"{options.path} gives {', '.join(session.outputs)}, not one vector: no network of faces")
        side = shape[2]
        self.side = side if isinstance(side, int) and side > 0 else TEMPLATE_SIDE
        if not 16 <= self.side <= 1024:
            raise ModelError(f"{options.path} takes faces of {self.side} pixels, not 16 to 1024")
        self.dimensions = self._vector(np.zeros((self.side, self.side, 3), np.uint8)).size

    def encode(self, chips: np.ndarray) -> np.ndarray:
        """Embeddings of norm 1, float32 (n, d), of aligned faces, uint8 (n, side, side, 3) RGB."""
        outputs = self.outputs(chips)
        return outputs / np.maximum(np.linalg.norm(outputs, axis=1, keepdims=True), np.float32(1e-12))

    def outputs(self, chips: np.ndarray) -> np.ndarray:
        """The same as the network gives them."""
        rows = [self._vector(chip) for chip in check_chips(chips, self.side)]  # one by one: see `FaceEncoder`
        return np.array(rows, np.float32).reshape(len(rows), self.dimensions)

    def _vector(self, chip: np.ndarray) -> np.ndarray:
        options = self._options
        pixels = (chip[:, :, ::-1] if options.encoder_bgr else chip).astype(np.float32)
        pixels = (pixels - np.float32(options.encoder_mean)) / np.float32(options.encoder_scale)
        given = np.ascontiguousarray((pixels.transpose(2, 0, 1) if self._planes else pixels)[None])
        found = np.asarray(self._session.run(given)[0])
        if found.ndim < 2 or found.shape[0] != 1 or found.dtype.kind != "f" or not np.abs(found).max() < _LARGEST:
            raise ModelError(f"{options.path} gives {found.dtype} {found.shape} for a face, not a vector of numbers")
        return found.reshape(-1).astype(np.float32)


@lru_cache(maxsize=8)
def _opened(session: models.Session, options: EncoderFile) -> Encoder:
    return Encoder(session, options)
