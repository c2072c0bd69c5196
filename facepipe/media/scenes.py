"""The shot of every frame; sampling by shots instead of by the clock: the first and the last frame of each."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from facepipe.callbacks import Progress, Warn, no_progress, no_warning
from facepipe.contracts import IsDone, ShotFinder
from facepipe.media.decode import decode_all
from facepipe.media.sampling import frames_at
from facepipe.media.timeline import read_timeline
from facepipe.records import Frame, Picture, Source
from facepipe.settings import SamplingSettings


@dataclass(frozen=True, slots=True, eq=False)
class ShotsOfFrames:
    """Frames of a video in the order shown. index: int64 (n,), as they are counted; time_s: float64 (n,), since the
    first frame of the file; shot: int64 (n,)."""

    index: np.ndarray
    time_s: np.ndarray
    shot: np.ndarray


def sample_scenes(
    source: Source,
    settings: SamplingSettings,
    *,
    is_done: IsDone = lambda ref: False,
    warn: Warn = no_warning,
    decode_threads: int = 1,
) -> Iterator[Frame]:
    """The first and the last frame of each shot between `settings.skip` and `settings.stop`, in time order.

    Every frame is decoded once to find the shots before the first one is given, on one thread, or damage would make
    other shots of it; its pixels are not kept.
    Errors and warnings as in `sampling.sample`.
    """
    stop_s = math.inf if settings.stop is None else settings.stop
    wanted = _ends(find_shots(source.path, settings.shots, 1, (settings.skip, stop_s)))
    yield from frames_at(source, wanted, is_done=is_done, warn=warn, decode_threads=decode_threads)


def find_shots(
    path: Path,
    finder: ShotFinder,
    decode_threads: int = 1,
    between_s: tuple[float, float] = (0.0, math.inf),
    progress: Progress = no_progress,
) -> ShotsOfFrames:
    """The shot of every frame of a video from the one time to before the other; all are decoded for it.

    progress: is told after each frame. DecodeError: nothing can be read.
    """
    time_base = read_timeline(path).time_base
    indices: list[int] = []
    times_s: list[float] = []

    def seen() -> Iterator[tuple[float, Picture]]:
        for frame in decode_all(path, decode_threads, no_warning):
            time_s = float(frame.ticks * time_base)
            if time_s >= between_s[1]:
                return
            if between_s[0] <= time_s:
                indices.append(frame.index)
                times_s.append(time_s)
                yield time_s, frame.picture
            progress(frame.index + 1, None)

    shots = finder.shots(seen())
    return ShotsOfFrames(np.array(indices, np.int64), np.array(times_s, np.float64), np.array(shots, np.int64))


def _ends(frames: ShotsOfFrames) -> list[int]:
    """The index of the first and last frame of each shot, ascending, none twice."""
    changes = np.flatnonzero(np.diff(frames.shot))
    ends = {0, len(frames.shot) - 1, *changes.tolist(), *(changes + 1).tolist()} if len(frames.shot) else set()
    return [int(frames.index[place]) for place in sorted(ends)]
