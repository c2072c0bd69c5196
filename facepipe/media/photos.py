"""Photos: upright, as RGB, whatever their format; their pixels are decoded when somebody asks for them."""

import threading
from pathlib import Path

import numpy as np

from facepipe.callbacks import Warn, no_warning
from facepipe.errors import DecodeError
from facepipe.files.names import printable
from facepipe.geometry import Size
from facepipe.imaging.shrink import shrink
from facepipe.media.guard import reading
from facepipe.media.memory import PHOTOS
from facepipe.media.orientation import turned
from facepipe.media.photo_decoders import PhotoDecoder, choose_decoder
from facepipe.media.photo_file import PhotoFile, read_photo_file
from facepipe.media.pillow import MAX_PIXELS


def open_photo(path: Path, warn: Warn = no_warning) -> "PhotoPicture":
    """The photo in a file, of which only the header is read yet.

    `warn` is told of a JPEG that lacks its end: what there is of it is used, and of a TIFF of several pages: the first
    is. DecodeError: no picture in a format that is known, damaged, or too large (MAX_PIXELS; less where its format
    takes more memory to decode).
    """
    with reading(path, "a picture"):
        file = read_photo_file(path)
        decoder = choose_decoder(file)
    _check_size(path, decoder)
    if file.cut:
        warn(f"{printable(path)} lacks its end, so the last rows may be grey; what could be read is used")
    if decoder.pages > 1:
        pages = f"{printable(path)} has {decoder.pages:,} pages"
        warn(f"{pages}, of which only the first is looked at: save each as a file of its own")
    return PhotoPicture(file, decoder)


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
    taken. DecodeError when the pixels are asked for: the file is cut off or damaged. file: what its file says besides.

    Decoding waits until there is memory for it (see `memory`); the pixels count until nobody uses them any more.
    """

    def __init__(self, file: PhotoFile, decoder: PhotoDecoder) -> None:
        self.file, self._decoder = file, decoder
        self._image: np.ndarray | None = None
        self._lock = threading.Lock()
        self.size_wh: Size = decoder.size_wh

    @property
    def stored_wh(self) -> Size:
        """Its size before its orientation is applied."""
        return turned(self.size_wh, self.file.orientation)

    def rgb(self, size_wh: Size | None = None) -> np.ndarray:
        """RGB uint8 (H, W, 3), at full size or shrunk to `size_wh`."""
        with self._lock:
            if self._image is None:
                self._image = self._decoded()
        if size_wh is None or size_wh == self.size_wh:
            return self._image
        return shrink(self._image, size_wh)

    def _decoded(self) -> np.ndarray:
        with reading(self.file.path, "a picture"), PHOTOS.decoding(self._decoder.peak) as share:
            image = self._decoder.decode()
            if image.shape != (*self.size_wh[::-1], 3):
                raise ValueError(f"it claims {self.size_wh[0]}x{self.size_wh[1]} pixels and holds others")
            image.flags.writeable = False
            share.keep(image)
            return image


def _check_size(path: Path, decoder: PhotoDecoder) -> None:
    width, height = decoder.size_wh
    claim = f"{printable(path)} claims {width}x{height} pixels"
    if width * height > MAX_PIXELS:
        raise DecodeError(f"{claim}: more than {MAX_PIXELS // 10**6} megapixels are refused")
    if decoder.peak > PHOTOS.total:
        needs = f"to decode so large a {decoder.kind} takes {decoder.peak / 1e9:.1f} GB of memory"
        raise DecodeError(f"{claim}: {needs}, more than the {PHOTOS.total / 1e9:.1f} GB it may take; save it as a JPEG")
