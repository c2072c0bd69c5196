"""The face encoder: dlib's network on ONNX Runtime."""

from pathlib import Path

import numpy as np

from facepipe import models
from facepipe.records import VECTOR_SIZE

CHIP_SIZE = 150  # pixels a side, what the network was trained on
_MAX_BATCH = 8  # larger batches gain no time and cost 5 MB a chip


class Encoder:
    """dlib's face recognition network on ONNX Runtime; equal to dlib's own result to 1e-5.

    Instances may be shared by threads. A chip's vector does not depend on the chips encoded beside it, to the bit.
    session: a ready session to use in place of the installed model.
    """

    name = "onnx"

    def __init__(self, models_dir: Path | None = None, session: models.Session | None = None) -> None:
        self._session = session or models.session(models.find("dlib-face-encoder", models_dir))

    def encode(self, chips: np.ndarray) -> np.ndarray:
        """Vectors, float32 (n, 128), norm about 1.4, of aligned faces, uint8 (n, 150, 150, 3) RGB."""
        chips = check_chips(chips)
        vectors = np.empty((len(chips), VECTOR_SIZE), np.float32)
        for start in range(0, len(chips), _MAX_BATCH):
            batch = slice(start, start + _MAX_BATCH)
            vectors[batch] = self._session.run(chips[batch])[0]
        return vectors


def check_chips(chips: np.ndarray) -> np.ndarray:
    """`chips` as a contiguous array; ValueError when they are not uint8 (n, 150, 150, 3)."""
    if chips.dtype != np.uint8 or chips.shape[1:] != (CHIP_SIZE, CHIP_SIZE, 3):
        raise ValueError(f"chips must be uint8 (n, {CHIP_SIZE}, {CHIP_SIZE}, 3), not {chips.dtype} {chips.shape}")
    return np.ascontiguousarray(chips)
