"""Small real videos whose frames carry their number, so that tests read from the pixels which frame they got."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

SIZE_WH = (160, 90)
_BITS = 10
_CELL = 16  # pixels a side of a block that stands for one bit


def numbered(number: int, size_wh: tuple[int, int] = SIZE_WH) -> np.ndarray:
    """RGB uint8 picture: black and white blocks that spell `number`, on a background that moves with it."""
    width, height = size_wh
    y, x = np.mgrid[:height, :width]
    image = np.stack([(x + 3 * number) % 128 + 40, (y + 2 * number) % 96 + 60, np.full_like(x, 90)], -1)
    for bit in range(_BITS):
        left = (bit % 5) * _CELL * 2
        top = (bit // 5) * _CELL * 2
        image[top : top + 2 * _CELL, left : left + 2 * _CELL] = 235 if number >> bit & 1 else 16
    return image.astype(np.uint8)


def number_in(image: np.ndarray) -> int:
    """The number that `numbered` drew into `image` (H, W, 3)."""
    image = image.astype(np.float32).mean(-1)
    number = 0
    for bit in range(_BITS):
        left, top = (bit % 5) * _CELL * 2, (bit // 5) * _CELL * 2
        number |= int(image[top + 8 : top + 24, left + 8 : left + 24].mean() > 128) << bit
    return number


def write_clip(
    path: Path,
    frames: int | Iterable[np.ndarray] = 50,
    *,
    codec: str = "libx264",
    rate: Fraction | int = 25,
    pix_fmt: str = "yuv420p",
    gop: int = 12,
    options: dict[str, str] | None = None,
    times: Sequence[int] | None = None,
    time_base: Fraction | None = None,
    rotation: int = 0,
    pixel_aspect: Fraction | None = None,
    container_options: dict[str, str] | None = None,
) -> Path:
    """Encode numbered frames (or the given RGB pictures) into `path`; `times` are timestamps in `time_base`.

    rotation: degrees counter-clockwise that a player shall turn the picture.
    """
    images = list(map(numbered, range(frames)) if isinstance(frames, int) else frames)
    with av.open(str(path), "w", options=container_options or {}) as container:
        stream = container.add_stream(codec, rate=rate, options=options or {})
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = pix_fmt
        stream.codec_context.gop_size = gop
        stream.codec_context.thread_count = 1
        if time_base:
            stream.codec_context.time_base = time_base
        if pixel_aspect:
            stream.codec_context.sample_aspect_ratio = pixel_aspect
        if rotation:
            stream.set_display_rotation(rotation)
        for i, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts = times[i] if times is not None else i
            frame.time_base = time_base or 1 / Fraction(rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
