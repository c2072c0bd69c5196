"""Clothing models that are a network."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from facepipe import models
from facepipe.errors import ModelError
from facepipe.faces.clothing.torsos import TorsoEncoder
from facepipe.imaging.shrink import shrink
from facepipe.records import CLOTH_SIZE

DYNAMIC_SIDE = 224  # of the picture for a network that takes any size


class ClothNetwork(TorsoEncoder):
    """A clothing network: an ONNX file that takes float32 RGB (n, 3, s, s) and gives (n, 128). Threads may share it."""

    def __init__(self, path: Path, mean: np.ndarray | float = 0.0, spread: np.ndarray | float = 1.0) -> None:
        """mean, spread: of RGB, what is subtracted from pixels of 0..255, and what they are divided by then."""
        self._session, self._mean, self._spread = models.session(path), mean, spread
        shape = next(iter(self._session.inputs.values()))
        out = next(iter(self._session.outputs.values()))
        if len(shape) != 4 or out[-1] not in (CLOTH_SIZE, *(d for d in out if isinstance(d, str))):
            raise ModelError(f"{path} is not a clothing model: it takes {shape} and gives {out}, not (n, {CLOTH_SIZE})")
        self._side = shape[-1] if isinstance(shape[-1], int) else DYNAMIC_SIDE

    def encode(self, torsos: Sequence[np.ndarray]) -> np.ndarray:
        """See `TorsoEncoder`."""
        side = self._side
        resized = [shrink(torso, (side, side)) for torso in torsos]
        # One by one: a vector must not depend on what else is in the frame, to the last bit.
        ready = [((r - self._mean) / self._spread).astype(np.float32).transpose(2, 0, 1) for r in resized]
        out = np.array([self._session.run(np.ascontiguousarray(r[None]))[0][0] for r in ready], np.float32)
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)
