"""Videos."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from facepipe.callbacks import Warn
from facepipe.contracts import IsDone
from facepipe.media.parts import Part, parts_of
from facepipe.media.sampling import count_samples, frame_times, frames_at, is_short, sample
from facepipe.media.scenes import sample_scenes
from facepipe.media.video import holds_video
from facepipe.records import Frame, Source
from facepipe.settings import SamplingSettings

_SUFFIXES = frozenset(
    ".3g2 .3gp .asf .avi .divx .dv .f4v .flv .gif .m1v .m2p .m2t .m2ts .m2v .m4v .mjpeg .mjpg .mkv .mod .mov .mp4 .mpe "
    ".mpeg .mpg .mts .mxf .nut .ogm .ogv .qt .rm .rmvb .tod .tp .trp .ts .vob .vro .webm .wmv .y4m".split()
)


class VideoReader:
    """See `contracts.FrameReader`. Frames by the clock, or the ends of every shot (`--sampling scenes`)."""

    name: ClassVar[str] = "video"
    kind: ClassVar[str] = "video"
    suffixes: ClassVar[frozenset[str]] = _SUFFIXES

    def holds(self, path: Path) -> bool:
        return holds_video(path)

    def count(self, source: Source, settings: SamplingSettings) -> int | None:
        return None if settings.sampling == "scenes" else count_samples(source, settings)

    def parts(self, source: Source, settings: SamplingSettings, size: int) -> list[Part]:
        return [] if settings.sampling == "scenes" else parts_of(source, settings, size)

    def is_short(self, source: Source, settings: SamplingSettings, at_once: int) -> bool:
        return settings.sampling != "scenes" and is_short(source, settings, at_once)

    def sample(
        self, source: Source, settings: SamplingSettings, *, is_done: IsDone, warn: Warn, decode_threads: int
    ) -> Iterator[Frame]:
        way = sample_scenes if settings.sampling == "scenes" else sample
        return way(source, settings, is_done=is_done, warn=warn, decode_threads=decode_threads)

    def times(self, source: Source) -> np.ndarray:
        return frame_times(source)

    def frames_at(self, source: Source, indices: Sequence[int], *, warn: Warn, decode_threads: int) -> Iterator[Frame]:
        return frames_at(source, indices, warn=warn, decode_threads=decode_threads)
