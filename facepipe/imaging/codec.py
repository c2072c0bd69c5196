"""Pictures of a run from disk, and pictures as JPEG and PNG bytes."""

import io
from pathlib import Path

import numpy as np

from facepipe.errors import StoreError
from facepipe.geometry import Size
from facepipe.imaging.shrink import steps_of_half
from facepipe.lazy import Image, cv2

_MOST_HALVINGS = 3  # that OpenCV does while it reads a JPEG
_SMALL = 1 << 14  # bytes of a JPEG that is read about as soon as its header is


def read_rgb(path: Path, size_wh: Size | None = None, at_least: Size | None = None) -> np.ndarray:
    """A picture of the run as RGB uint8 (H, W, 3). StoreError when it is unreadable or not of `size_wh`.

    at_least: it may come shrunk to a half, quarter or eighth, but not below this size; that reads faster.
    """
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        how = "on its inputs" if isinstance(error, FileNotFoundError) else "with --fresh"  # what is gone, a run knows
        raise StoreError(f"cannot read {path}: {error.strerror}; facepipe run {how} makes it anew") from error
    halved = (cv2.IMREAD_COLOR, cv2.IMREAD_REDUCED_COLOR_2, cv2.IMREAD_REDUCED_COLOR_4, cv2.IMREAD_REDUCED_COLOR_8)
    flags = halved[0 if at_least is None else _halvings(data, at_least)]
    image = cv2.imdecode(data, flags | cv2.IMREAD_IGNORE_ORIENTATION) if data.size else None
    if image is None:
        raise StoreError(f"{path} is not a whole picture; facepipe run with --fresh makes it anew")
    found = (image.shape[1], image.shape[0])
    if size_wh is not None and found != tuple(size_wh):
        raise StoreError(
            f"{path} is {found[0]}x{found[1]}, its faces were found in {size_wh[0]}x{size_wh[1]}; "
            "facepipe run with --fresh makes it anew"
        )
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def _halvings(data: np.ndarray, at_least: Size) -> int:
    """How often a JPEG can be halved while it is read; 0 where its header cannot be read, or it does not pay."""
    if data.size < _SMALL:
        return 0
    try:
        with Image.open(io.BytesIO(data)) as image:
            return min(_MOST_HALVINGS, steps_of_half(image.size, at_least))
    except (OSError, ValueError, Image.DecompressionBombError):
        return 0


def encode_jpeg(image: np.ndarray, quality: int = 95) -> bytes:
    """RGB uint8 (H, W, 3) as JPEG."""
    _, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return data.tobytes()


def encode_png(image: np.ndarray) -> bytes:
    """RGB uint8 (H, W, 3) as PNG, without dates or program names. A fourth channel, of opacity, is left out."""
    # Runs alone are looked for: of a portrait of 1024 pixels that takes a fifth of the time that zlib's own search
    # does, and a percent more room.
    search = [cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]
    order = cv2.COLOR_RGB2BGR if image.shape[2] == 3 else cv2.COLOR_RGBA2BGR
    _, data = cv2.imencode(".png", cv2.cvtColor(image, order), search)
    return data.tobytes()
