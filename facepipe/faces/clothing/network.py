"""Clothing models that are a network."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from facepipe import models
from facepipe.errors import ModelError
from facepipe.faces.clothing.torsos import TorsoEncoder
from facepipe.imaging.shrink import shrink
from facepipe.records import CLOTH_SIZE

_LARGEST = 1e15
DYNAMIC_SIDE = 224  # of the picture for a network that takes any size


class ClothNetwork(TorsoEncoder):
    """A clothing network: an ONNX file that takes float32 RGB (n, 3, s, s) and gives (n, 128). Threads may share it."""

    def __init__(self, path: Path, mean: np.ndarray | float = 0.0, spread: np.ndarray | float = 1.0) -> None:
        """mean, spread: of RGB, what is subtracted from pixels of 0..255, and what they are divided by then.

        ModelError: no network that takes one picture and gives CLOTH_SIZE numbers.
        """
        self._path = path
        self._session, self._mean, self._spread = models.session(path), mean, spread
        shape = next(iter(self._session.inputs.values()), ())
        out = next(iter(self._session.outputs.values()), ())
        if (
            len(self._session.inputs) != 1
            or len(shape) != 4
            or not out
            or out[-1] not in (CLOTH_SIZE, *(d for d in out if isinstance(d, str)))
        ):
            raise ModelError(f"{path} is not a clothing model: it takes {shape} and gives {out}, not (n, {CLOTH_SIZE})")
        self._side = shape[-1] if isinstance(shape[-1], int) else DYNAMIC_SIDE

    def encode(self, torsos: Sequence[np.ndarray]) -> np.ndarray:
        """See `TorsoEncoder`. ModelError: the network does not run, or gives something else than a vector."""
        side = self._side
        resized = [shrink(torso, (side, side)) for torso in torsos]
        # One by one: a vector must not depend on what else is in the frame, to the last bit.
        ready = [((r - self._mean) / self._spread).astype(np.float32).transpose(2, 0, 1) for r in resized]
        out = np.array([self._vector(np.ascontiguousarray(r[None])) for r in ready], np.float32)
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)

    def _vector(self, picture: np.ndarray) -> np.ndarray:
        found = np.asarray(self._session.run(picture)[0])
        # What is larger than _LARGEST has no length that a float32 could hold.
        if found.shape != (1, CLOTH_SIZE) or found.dtype.kind != "f" or not np.abs(found).max() < _LARGEST:
            raise ModelError(f"{self._path} is not a clothing model: for a picture it gives no {CLOTH_SIZE} numbers")
        return found[0]
