"""Photos."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from facepipe.callbacks import Warn
from facepipe.contracts import IsDone
from facepipe.media.photos import holds_photo, open_photo
from facepipe.records import Frame, FrameRef, Source
from facepipe.settings import SamplingSettings

_SUFFIXES = frozenset(
    ".apng .avif .bmp .gif .heic .heif .hif .j2k .jfif .jp2 .jpe .jpeg .jpf .jpg .jpx .mpo .pgm .png .ppm .tif .tiff "
    ".webp".split()
)


class PhotoReader:
    """See `contracts.Reader`. A photo is one frame."""

    name: ClassVar[str] = "photo"
    kind: ClassVar[str] = "photo"
    suffixes: ClassVar[frozenset[str]] = _SUFFIXES

    def holds(self, path: Path) -> bool:
        return holds_photo(path)

    def count(self, source: Source, settings: SamplingSettings) -> int | None:
        return 1

    def sample(
        self, source: Source, settings: SamplingSettings, *, is_done: IsDone, warn: Warn, decode_threads: int
    ) -> Iterator[Frame]:
        ref, picture = FrameRef(source, 0, 0.0), open_photo(source.path, warn)
        yield Frame(ref, picture.size_wh, None if is_done(ref) else picture, taken=picture.file.taken)
