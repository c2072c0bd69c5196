"""An input reader: an .npy file of pictures (N, H, W, 3), RGB, a frame a second."""

from pathlib import Path

import numpy as np

from facepipe import DecodeError, Frame, FrameRef
from facepipe.imaging.array_picture import ArrayPicture


class StackReader:
    name = "outside-stack"
    kind = "video"
    suffixes = frozenset({".npy"})

    def holds(self, path: Path) -> bool:
        with path.open("rb") as file:
            return file.read(6) == b"\x93NUMPY"

    def count(self, source, settings) -> int:
        return len(self._open(source.path))

    def sample(self, source, settings, *, is_done, warn, decode_threads):
        for index, pixels in enumerate(self._open(source.path)):
            ref, picture = FrameRef(source, index, float(index)), ArrayPicture(pixels)
            yield Frame(ref, picture.size_wh, None if is_done(ref) else picture)

    @staticmethod
    def _open(path: Path) -> np.ndarray:
        try:
            stack = np.load(path, mmap_mode="r", allow_pickle=False)
        except (ValueError, OSError) as error:
            raise DecodeError(f"{path} is no stack of pictures") from error
        if stack.dtype != np.uint8 or stack.ndim != 4 or stack.shape[3] != 3:
            raise DecodeError(f"{path} is no stack of pictures")
        return stack
