"""Sampling by shots instead of by the clock: the first and the last frame of every shot."""

from collections.abc import Iterator

import numpy as np

from facepipe.callbacks import Warn, no_warning
from facepipe.contracts import IsDone
from facepipe.media.decode import decode_all
from facepipe.media.sampling import frames_at
from facepipe.media.timeline import read_timeline
from facepipe.records import Frame, Picture, Source
from facepipe.settings import SamplingSettings


def sample_scenes(
    source: Source,
    settings: SamplingSettings,
    *,
    is_done: IsDone = lambda ref: False,
    warn: Warn = no_warning,
    decode_threads: int = 1,
) -> Iterator[Frame]:
    """The first and the last frame of each shot between `settings.skip` and `settings.stop`, in time order.

    Every frame is decoded once to find the shots before the first one is given; its pixels are not kept.
    Errors and warnings as in `sampling.sample`.
    """
    timeline = read_timeline(source.path)
    indices: list[int] = []

    def seen() -> Iterator[tuple[float, Picture]]:
        for frame in decode_all(source.path, decode_threads, no_warning):
            time_s = float(frame.ticks * timeline.time_base)
            if time_s >= settings.skip and (settings.stop is None or time_s < settings.stop):
                indices.append(frame.index)
                yield time_s, frame.picture

    shots = settings.shots.shots(seen())
    wanted = _ends(indices, shots)
    yield from frames_at(source, wanted, is_done=is_done, warn=warn, decode_threads=decode_threads)


def _ends(indices: list[int], shots: list[int]) -> list[int]:
    """The first and last index of each run of equal `shots`, ascending, none twice."""
    changes = np.flatnonzero(np.diff(shots)) if shots else np.zeros(0, int)
    ends = {0, len(shots) - 1, *changes.tolist(), *(changes + 1).tolist()} if shots else set()
    return [indices[place] for place in sorted(ends)]
