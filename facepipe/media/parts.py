"""A long video in parts, each of which can be looked at alone and gives what looking at the whole would give."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from facepipe.callbacks import Warn
from facepipe.contracts import IsDone
from facepipe.media.sampling import chosen_frames, frames_of, refs_of
from facepipe.media.timeline import Timeline, read_timeline
from facepipe.records import Frame, FrameRef, Source
from facepipe.settings import SamplingSettings


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Consecutive samples of a video. The file is entered at the keyframe before them; nothing else of it is read.

    indices, times_s: of the frames, as in FrameRef. timeline: of these alone.
    """

    indices: tuple[int, ...]
    times_s: tuple[float, ...]
    timeline: Timeline

    def sample(
        self, source: Source, settings: SamplingSettings, *, is_done: IsDone, warn: Warn, decode_threads: int
    ) -> Iterator[Frame]:
        """As `contracts.Reader.sample`, of these frames. What `warn` is told, and an InputError, mean that the video
        has to be looked at as a whole: only then it can be said what is wrong with it."""
        refs = [FrameRef(source, index, time_s) for index, time_s in zip(self.indices, self.times_s, strict=True)]
        yield from frames_of(source, refs, self.timeline, range(len(refs)), is_done, warn, decode_threads)

    def count(self, source: Source, settings: SamplingSettings) -> int:
        return len(self.indices)


def parts_of(source: Source, settings: SamplingSettings, size: int) -> list[Part]:
    """A video in parts of `size` samples or somewhat more, in time order; none where it is shorter than two of them.

    Parts begin where decoding begins afresh, so that nothing is decoded twice. None either of a video that has to be
    decoded from its start, or is damaged. DecodeError: nothing of it can be read.
    """
    timeline = read_timeline(source.path)
    chosen = chosen_frames(timeline, settings) if timeline.is_mapped and not timeline.fault else []
    batches = timeline.batches(chosen, size)
    return [_part(source, timeline, *batch) for batch in batches] if len(batches) > 1 else []


def _part(source: Source, timeline: Timeline, indices: Sequence[int], start: int) -> Part:
    times_s = tuple(ref.time_s for ref in refs_of(source, timeline, indices))
    return Part(tuple(indices), times_s, timeline.part(indices, start))
