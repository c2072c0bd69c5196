"""Photos: any format that Pillow reads (HEIC and AVIF with pillow-heif), upright, as RGB."""

import warnings
from importlib import import_module
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from facepipe.errors import DecodeError
from facepipe.geometry import Size
from facepipe.imaging.shrink import shrink
from facepipe.media.video import MAX_PIXELS

_HEIF_SUFFIXES = frozenset({".avif", ".heic", ".heif"})
_ORIENTATION = 0x0112  # the EXIF tag; values 5 to 8 swap width and height


def open_photo(path: Path) -> "PhotoPicture":
    """The photo in a file, of which only the header is read yet. DecodeError: no picture, or above MAX_PIXELS."""
    with _opened(path) as image:
        turned = image.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8)
        return PhotoPicture(path, image.size[::-1] if turned else image.size)


def holds_photo(path: Path) -> bool:
    """Whether the file's content is a photo, whatever it is called."""
    try:
        open_photo(path)
        return True
    except DecodeError:
        return False


class PhotoPicture:
    """A photo (a `records.Picture`) that is decoded when its pixels are first asked for, and then kept.

    EXIF orientation is applied, 16 bits become 8, transparency becomes white, of an animation the first frame is
    taken. DecodeError when the pixels are asked for: the file is cut off or damaged.
    """

    def __init__(self, path: Path, size_wh: Size) -> None:
        self._path = path
        self._image: np.ndarray | None = None
        self.size_wh = size_wh

    def rgb(self, size_wh: Size | None = None) -> np.ndarray:
        """RGB uint8 (H, W, 3), at full size or shrunk to `size_wh`."""
        image = self._image
        if image is None:
            self._image = image = _decoded(self._path)
            image.flags.writeable = False
        if size_wh is None or size_wh == self.size_wh:
            return image
        return shrink(image, size_wh)


def _opened(path: Path) -> Image.Image:
    if path.suffix.lower() in _HEIF_SUFFIXES or _is_heif(path):
        _register_heif(path)
    limit = f"more than {MAX_PIXELS // 10**6} megapixels are refused"
    try:
        with warnings.catch_warnings():  # Pillow warns far below our own limit
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(path)
    except Image.DecompressionBombError as error:
        raise DecodeError(f"{path} claims to be a giant picture: {limit}") from error
    except Exception as error:  # Pillow's readers raise whatever a damaged header makes them stumble over
        raise DecodeError(
            f"cannot read {path} as a picture: it is damaged, or in a format that is not known"
        ) from error
    if image.width * image.height > MAX_PIXELS:
        image.close()
        raise DecodeError(f"{path} claims {image.width}x{image.height} pixels: {limit}")
    return image


def _is_heif(path: Path) -> bool:
    """Phones and chats send HEIC files that are called .jpg."""
    try:
        with path.open("rb") as handle:
            return handle.read(8)[4:] == b"ftyp"
    except OSError:
        return False


def _register_heif(path: Path) -> None:
    extensions = Image.registered_extensions()
    if ".heic" in extensions or path.suffix.lower() in extensions.keys() & _HEIF_SUFFIXES:
        return
    try:
        import_module("pillow_heif").register_heif_opener()
    except ImportError as error:
        raise DecodeError(f"{path} needs pillow-heif to be read: pip install pillow-heif") from error


def _decoded(path: Path) -> np.ndarray:
    with _opened(path) as image:
        try:
            return np.array(_as_rgb(ImageOps.exif_transpose(image)))
        except Exception as error:  # see _opened
            raise DecodeError(f"{path} is damaged or cut off: {error}") from error


def _as_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):  # 16-bit grey, which Pillow would clip at 255
        values = np.asarray(image, np.float64)
        peak = 65535 if image.mode.startswith("I") and values.max(initial=0) > 255 else 255
        image = Image.fromarray(np.clip(values * (255 / peak) + 0.5, 0, 255).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")
