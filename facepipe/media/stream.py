"""The frames of a run that are still to be looked at, source after source, in time order."""

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, nullcontext, suppress

from facepipe.callbacks import Warn, no_warning
from facepipe.errors import InputError
from facepipe.media.ahead import ahead
from facepipe.media.memory import READY_BYTES, frame_bytes
from facepipe.media.parts import Part
from facepipe.media.readers import count_samples, is_short, sample
from facepipe.media.static_frame import StaticFrame
from facepipe.records import Failure, Frame, FrameRef, Source
from facepipe.runs.budget import FaceBudget
from facepipe.settings import SamplingSettings

_IN_ITS_TURN = None  # what is said of a source that was not sampled ahead


class FrameStream:
    """Iterates over frames with their pictures and no faces. Frames that are done are counted and passed over.

    A source that cannot be decoded is recorded in `failures` and the next one is read; when none can be, the last
    InputError is raised. Of short videos several are decoded at once, unless it is not known how many are wanted.
    resumed: how many frames were done. ended: nobody wants more, nor asks how much there is.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        sampling: SamplingSettings | None = None,
        *,
        part: Part | None = None,
        stored_faces: Callable[[FrameRef], int | None] = lambda ref: None,
        budget: FaceBudget | None = None,
        warn: Warn = no_warning,
        decode_threads: int = 1,
        others: bool = False,
        reuse_static: bool = False,
    ) -> None:
        """part: what is looked at of the only source, a video. stored_faces: how many faces a frame has that is done;
        None when it is not.
        others: the run has more sources than these. reuse_static: frames that look alike share a `StaticFrame`.
        """
        self.sources, self.sampling, self.stored_faces = sources, sampling or SamplingSettings(), stored_faces
        self.budget = budget or FaceBudget()
        self.warn, self.decode_threads = warn, decode_threads
        self.others, self.reuse_static = others, reuse_static
        self._sample, self._count = (part.sample, part.count) if part else (sample, count_samples)
        self.failures: list[Failure] = []
        self._stored: dict[str, int] = {}  # how many faces frames have that are done, until their turn comes
        self.seen = self.resumed = 0
        self.ended = False

    def expected(self) -> int | None:
        """How many frames there will be, those that are done included; None where only decoding can tell, or when the
        stream ended before all were counted.
        """
        most = self.sampling.max_frames or math.inf
        counts: list[int | None] = []
        for source in self.sources:
            if self.ended:
                return None
            if sum(count or 0 for count in counts) >= most:
                break
            with suppress(InputError):  # reported when its turn comes
                counts.append(self._count(source, self.sampling))
        known = [count for count in counts if count is not None]
        return None if len(known) < len(counts) else int(min(sum(known), most))

    def __iter__(self) -> Iterator[Frame]:
        videos = [source for source in self.sources if source.is_video]
        at_once = self.decode_threads if len(videos) > 1 and not self._is_limited else 1
        with closing(ahead(videos, lambda: nullcontext(self._ahead_of), at_once, READY_BYTES, _bytes_of)) as made:
            for source in self.sources:
                is_ahead = source.is_video and at_once > 1
                try:
                    yield from self._frames_of(source, next(made) if is_ahead else (_IN_ITS_TURN,))
                except InputError as error:
                    if len(self.failures) + 1 == len(self.sources) and not self.others:
                        raise
                    self.failures.append(Failure(source.name, "frames", str(error)))
                    self.warn(str(error))
                if self._enough():
                    return

    def _ahead_of(self, source: Source) -> Iterator[Frame | str | None]:
        """What is sampled of a source, and what is to be said of it, before its turn comes, in a thread for that."""
        if not is_short(source, self.sampling, self.decode_threads):
            yield _IN_ITS_TURN
            return
        said = deque[str]()
        try:
            for frame in self._sampled(source, said.append, 1):
                while said:
                    yield said.popleft()
                yield frame
        except Exception:
            yield from said
            raise
        yield from said

    def _frames_of(self, source: Source, made: Iterable[Frame | str | None]) -> Iterator[Frame]:
        """The frames of a source that are not done. made: what was sampled of it ahead."""
        reuse = self.reuse_static and source.is_video
        static: StaticFrame | None = None
        for frame in self._in_turn(source, made):
            self.seen += 1
            if reuse:
                static = static if static is not None and static.shows(frame.picture) else StaticFrame(frame.picture)
                frame = frame.with_(static=static)
            self.budget.expect(frame.frame_id)
            if frame.frame_id in self._stored:
                self.resumed += 1
                self.budget.add(frame.frame_id, self._stored.pop(frame.frame_id))
            else:
                yield frame
            if self._enough():
                return

    def _in_turn(self, source: Source, made: Iterable[Frame | str | None]) -> Iterator[Frame]:
        for item in made:
            if item is _IN_ITS_TURN:
                yield from self._sampled(source, self.warn, self.decode_threads)
            elif isinstance(item, str):
                self.warn(item)
            else:
                yield item

    def _sampled(self, source: Source, warn: Warn, threads: int) -> Iterator[Frame]:
        reuse = self.reuse_static and source.is_video

        def is_done(ref: FrameRef) -> bool:
            faces = self.stored_faces(ref)
            if faces is not None:
                self._stored[ref.frame_id] = faces
            # A picture that stays may begin with a frame that is done: then it is decoded all the same.
            return faces is not None and not reuse

        yield from self._sample(source, self.sampling, is_done=is_done, warn=warn, decode_threads=threads)

    @property
    def _is_limited(self) -> bool:
        return self.sampling.max_frames is not None or self.budget.is_limited

    def _enough(self) -> bool:
        limit = self.sampling.max_frames
        return self.budget.spent or (limit is not None and self.seen >= limit)


def _bytes_of(item: Frame | str | None) -> int:
    return frame_bytes(item.size_wh) if isinstance(item, Frame) and item.picture is not None else 0
