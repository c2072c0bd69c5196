"""A picture that is already in memory."""

from dataclasses import dataclass

import numpy as np

from facepipe.geometry import Size
from facepipe.imaging.shrink import shrink


@dataclass(frozen=True, slots=True, eq=False)
class ArrayPicture:
    """RGB uint8 (H, W, 3) pixels as a `facepipe.records.Picture`."""

    pixels: np.ndarray

    @property
    def size_wh(self) -> Size:
        return self.pixels.shape[1], self.pixels.shape[0]

    def rgb(self, size_wh: Size | None = None) -> np.ndarray:
        """The pixels, or a copy resized to `size_wh`."""
        if size_wh is None or size_wh == self.size_wh:
            return self.pixels
        return shrink(self.pixels, size_wh)
