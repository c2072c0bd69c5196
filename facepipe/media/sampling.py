"""Which frames of a video are looked at, and getting them at the least cost that keeps them exact."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from itertools import takewhile
from typing import TypeVar

import numpy as np

from facepipe.callbacks import Warn, no_warning
from facepipe.contracts import IsDone
from facepipe.errors import DecodeError
from facepipe.files.names import printable
from facepipe.media.decode import BATCH, DecodedFrame, decode_all, decode_frames
from facepipe.media.memory import most_decoders
from facepipe.media.timeline import Timeline, read_timeline
from facepipe.records import Frame, FrameRef, Source
from facepipe.settings import SamplingSettings

_SHORT_BYTES = 1 << 28  # half a minute of what a telephone writes at its best

Item = TypeVar("Item")
Choose = Callable[[Iterator[DecodedFrame]], Iterable[DecodedFrame]]


def sample(
    source: Source,
    settings: SamplingSettings,
    *,
    is_done: IsDone = lambda ref: False,
    warn: Warn = no_warning,
    decode_threads: int = 1,
) -> Iterator[Frame]:
    """Frames of a video, in time order: for each time skip + k * interval the frame nearest to it, none twice.

    Times run from the first frame's timestamp to the last's, and end before `settings.stop`; of two frames
    equally near, the earlier is taken. With `seek` "keyframes" only keyframes count. Frames for which `is_done`
    is true come with picture None and are, where possible, not decoded.
    `settings.max_frames` is left to the caller.

    A file that is damaged, cut off or shorter than it claims gives what can be read, and a warning. DecodeError:
    nothing can be read.
    """
    timeline = read_timeline(source.path)
    if timeline.is_mapped:
        yield from _mapped_frames(source, timeline, chosen_frames(timeline, settings), is_done, warn, decode_threads)
    else:
        choose = partial(_chosen_in_passing, timeline=timeline, settings=settings)
        yield from _frames_in_passing(source, timeline, choose, is_done, warn)


def count_samples(source: Source, settings: SamplingSettings) -> int | None:
    """How many frames `sample` gives if none is damaged; None where only decoding can tell."""
    timeline = read_timeline(source.path)
    return len(chosen_frames(timeline, settings)) if timeline.is_mapped else None


def is_short(source: Source, settings: SamplingSettings, at_once: int) -> bool:
    """Whether a video is so short that of `at_once` threads, which would each decode a part of it, some would have
    nothing to do, and as many videos like it may be decoded at once."""
    if source.path.stat().st_size > _SHORT_BYTES:  # what is long is not read to be told so
        return False
    timeline = read_timeline(source.path)
    if not timeline.is_mapped or timeline.fault or most_decoders(timeline.size_wh) < at_once:
        return False
    return len(chosen_frames(timeline, settings)) <= BATCH * at_once


def nearest(frames: Iterable[tuple[int, Item]], time_base: Fraction, settings: SamplingSettings) -> Iterator[Item]:
    """Of `frames`, (ticks since the first frame, item) in ascending order, those nearest to skip + k * interval.

    Whole-number arithmetic, so that 29.97 frames/s never drift and ties are ties.
    """
    start, step = (Fraction(str(seconds)) / time_base for seconds in (settings.skip, settings.interval))
    stop = None if settings.stop is None else Fraction(str(settings.stop)) / time_base
    unit = math.lcm(start.denominator, step.denominator)  # times are counted in 1/unit of a tick from here on
    target, step = int(start * unit), int(step * unit)
    before = taken = None
    for ticks, item in frames:
        now = (ticks * unit, item)
        while target <= now[0]:
            if stop is not None and target >= stop * unit:
                return
            middle = now[0] - 1 if before is None else (before[0] + now[0]) // 2
            choice = now if target > middle else before
            if choice is not taken:
                yield choice[1]
                taken = choice
            # On to the first target for which the choice can be another one.
            passed = now[0] if choice is now else middle
            target += step * max(1, (passed - target) // step + 1)
        before = now


def frames_at(
    source: Source,
    indices: Sequence[int],
    *,
    is_done: IsDone = lambda ref: False,
    warn: Warn = no_warning,
    decode_threads: int = 1,
) -> Iterator[Frame]:
    """The frames at `indices` (ascending) of a video, as `sample` gives them; damaged ones are left out."""
    timeline = read_timeline(source.path)
    if timeline.is_mapped:
        yield from _mapped_frames(source, timeline, indices, is_done, warn, decode_threads)
    else:
        kept, last = set(indices), max(indices, default=-1)

        def choose(frames: Iterator[DecodedFrame]) -> Iterator[DecodedFrame]:
            return (frame for frame in takewhile(lambda frame: frame.index <= last, frames) if frame.index in kept)

        yield from _frames_in_passing(source, timeline, choose, is_done, warn)


def frame_times(source: Source) -> np.ndarray:
    """Seconds since the first frame of every frame of a video, float64 (n,), ascending; empty where only decoding can
    tell."""
    timeline = read_timeline(source.path)
    return timeline.frame_ticks * float(timeline.time_base)


def _mapped_frames(
    source: Source, timeline: Timeline, indices: Sequence[int], is_done: IsDone, warn: Warn, threads: int
) -> Iterator[Frame]:
    """`frames_at` of a video whose timeline is mapped."""
    refs = refs_of(source, timeline, indices)
    yield from frames_of(source, refs, timeline, indices, is_done, warn, threads)


def refs_of(source: Source, timeline: Timeline, indices: Sequence[int]) -> list[FrameRef]:
    """Which frames stand at `indices` of a mapped timeline."""
    ticks = timeline.frame_ticks
    return [FrameRef(source, i, float(int(ticks[i]) * timeline.time_base)) for i in indices]


def frames_of(
    source: Source,
    refs: Sequence[FrameRef],
    timeline: Timeline,
    indices: Sequence[int],
    is_done: IsDone,
    warn: Warn,
    threads: int,
) -> Iterator[Frame]:
    """The frames `refs`, which are those at `indices` of `timeline`, that of the whole file or of a part of it."""
    done = [is_done(ref) for ref in refs]
    wanted = [i for i, is_there in zip(indices, done, strict=True) if not is_there]
    pictures = decode_frames(source.path, timeline, wanted, threads)
    lost = 0
    for ref, is_there in zip(refs, done, strict=True):
        picture = None if is_there else next(pictures)
        if picture is None and not is_there:
            lost += 1
        else:
            yield Frame(ref, timeline.size_wh if picture is None else picture.size_wh, picture)
    if lost and lost == len(refs):
        raise DecodeError(f"not one sampled frame of {printable(source.path)} can be decoded: the file is damaged")
    damage = f"{lost} of {len(refs)} sampled frames are damaged and were left out" if lost else ""
    _warn_at_end(source, [timeline.fault, damage], not refs, warn)


def _frames_in_passing(
    source: Source, timeline: Timeline, choose: Choose, is_done: IsDone, warn: Warn
) -> Iterator[Frame]:
    """The frames that `choose` picks out of all of a video's, decoded and counted one after the other.

    On one thread: what a decoder makes up for damaged bytes is not the same with several.
    """
    faults = [timeline.fault]
    none = True
    for frame in choose(decode_all(source.path, 1, faults.append)):
        none = False
        ref = FrameRef(source, frame.index, float(frame.ticks * timeline.time_base))
        yield Frame(ref, frame.picture.size_wh, None if is_done(ref) else frame.picture)
    _warn_at_end(source, faults, none, warn)


def _warn_at_end(source: Source, faults: list[str], none: bool, warn: Warn) -> None:
    if any(faults):
        warn(f"{source.name}: {'; '.join(filter(None, faults))}; what could be read is used")
    if none:
        warn(f"{source.name}: no frame to look at between --skip and --stop")


def chosen_frames(timeline: Timeline, settings: SamplingSettings) -> list[int]:
    """Indices of the frames to sample of a mapped timeline, ascending."""
    indices = range(len(timeline.frame_packet))
    if settings.seek == "keyframes":
        indices = np.flatnonzero(timeline.packet_key[timeline.frame_packet]).tolist()
    ticks = timeline.frame_ticks
    return list(nearest(((int(ticks[i]), i) for i in indices), timeline.time_base, settings))


def _chosen_in_passing(
    frames: Iterator[DecodedFrame], timeline: Timeline, settings: SamplingSettings
) -> Iterator[DecodedFrame]:
    if settings.seek == "keyframes":
        frames = (frame for frame in frames if frame.is_key)
    return nearest(((frame.ticks, frame) for frame in frames), timeline.time_base, settings)
