"""What turns files into frames, as data: one file and one line each.

`READERS.load(name)` gives a class that keeps the contract `contracts.Reader`. Where two read files of one suffix, the
first is taken: a GIF is a video unless only photos are asked for.
"""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import numpy as np

from facepipe.callbacks import Warn, no_warning
from facepipe.contracts import FrameReader, IsDone, Reader
from facepipe.records import Frame, Source
from facepipe.registry import Plugin, Registry
from facepipe.settings import SamplingSettings

if TYPE_CHECKING:
    from facepipe.media.parts import Part

_HERE = "facepipe.media.readers"

READERS = Registry(
    "reader",
    "facepipe.readers",
    Plugin("video", f"{_HERE}.video:VideoReader", "videos, as FFmpeg's libraries read them"),
    Plugin("photo", f"{_HERE}.photo:PhotoReader", "photos, as Pillow and pillow-heif read them"),
)


def readers(kinds: Collection[str]) -> Iterator[Reader]:
    """The readers of some kinds ("video", "photo"), in order."""
    for _, make in READERS.loaded():
        reader: Reader = make()
        if reader.kind in kinds:
            yield reader


def reader_of_suffix(path: PurePath, kinds: Collection[str]) -> Reader | None:
    """The first reader of some kinds that reads files of such a suffix."""
    suffix = path.suffix.lower()
    return next((reader for reader in readers(kinds) if suffix in reader.suffixes), None)


def reader_of_content(path: Path, kinds: Collection[str]) -> Reader | None:
    """The reader of some kinds that finds in the file what it reads; photos first, since FFmpeg takes a picture for a
    video of one frame."""
    by_kind = sorted(readers(kinds), key=lambda reader: reader.kind != "photo")
    return next((reader for reader in by_kind if reader.holds(path)), None)


def sample(
    source: Source,
    settings: SamplingSettings,
    *,
    is_done: IsDone = lambda ref: False,
    warn: Warn = no_warning,
    decode_threads: int = 1,
) -> Iterator[Frame]:
    """The frames of a source that are looked at, by its reader: see `contracts.Reader.sample`."""
    reader: Reader = READERS.load(source.reader)()
    return reader.sample(source, settings, is_done=is_done, warn=warn, decode_threads=decode_threads)


def frames_at(
    source: Source,
    settings: SamplingSettings,
    indices: Sequence[int],
    *,
    warn: Warn = no_warning,
    decode_threads: int = 1,
) -> Iterator[Frame]:
    """The frames at `indices` (ascending) of a source; those that are damaged are left out. Of a reader that cannot go
    to a frame, the indices must be among those that `sample` gives."""
    reader: Reader = READERS.load(source.reader)()
    if isinstance(reader, FrameReader):
        yield from reader.frames_at(source, indices, warn=warn, decode_threads=decode_threads)
        return
    wanted = set(indices)
    frames = reader.sample(
        source, settings, is_done=lambda ref: ref.index not in wanted, warn=warn, decode_threads=decode_threads
    )
    yield from (frame for frame in frames if frame.picture is not None)


def frame_times(source: Source) -> np.ndarray:
    """Seconds since the first frame of every frame of a source, float64 (n,), ascending; empty where that cannot be
    told, or a frame not be gone to."""
    reader: Reader = READERS.load(source.reader)()
    return reader.times(source) if isinstance(reader, FrameReader) else np.zeros(0)


def count_samples(source: Source, settings: SamplingSettings) -> int | None:
    """How many frames `sample` gives if none is damaged; None where only decoding can tell."""
    reader: Reader = READERS.load(source.reader)()
    return reader.count(source, settings)


def parts(source: Source, settings: SamplingSettings, size: int) -> "list[Part]":
    """A long source in parts of `size` frames or somewhat more; none of what has to be looked at as a whole."""
    reader = READERS.load(source.reader)()
    return reader.parts(source, settings, size) if hasattr(reader, "parts") else []


def is_short(source: Source, settings: SamplingSettings, at_once: int) -> bool:
    """Whether so many sources like this may be sampled at once, on a thread each, because of a short one some of these
    threads would get nothing to do."""
    reader = READERS.load(source.reader)()
    return hasattr(reader, "is_short") and reader.is_short(source, settings, at_once)
