"""Root of the graph: sampled frames, source after source, in time order."""

import math
from collections.abc import Callable, Iterator
from contextlib import suppress

from pyPiper import Node

from facepipe.engine.face_budget import FaceBudget
from facepipe.errors import InputError
from facepipe.media.sampling import count_samples, sample
from facepipe.media.scenes import sample_scenes
from facepipe.media.static_frame import Still
from facepipe.records import Failure, Frame, FrameRef, Source
from facepipe.settings import SamplingSettings


class FramesProvider(Node):
    """Emits a Frame a sample, with its picture and no faces. Frames that are done are counted, not emitted.

    A source that cannot be decoded is recorded in `failures` and the next one is read; when none can be, the last
    InputError is raised.
    """

    def setup(
        self,
        sources: list[Source],
        sampling: SamplingSettings = SamplingSettings(),
        stored_faces: Callable[[FrameRef], int | None] = lambda ref: None,
        budget: FaceBudget | None = None,
        warn: Callable[[str], None] = lambda line: None,
        decode_threads: int = 1,
        others: bool = False,
        reuse_static: bool = False,
    ) -> None:
        """stored_faces: how many faces a frame that is already done has; None when it is not done.
        others: the run has more sources than these. reuse_static: frames that look alike share a `Still`.
        """
        self.sources, self.sampling, self.stored_faces = sources, sampling, stored_faces
        self.budget = budget or FaceBudget()
        self.warn, self.decode_threads = warn, decode_threads
        self.others, self.reuse_static = others, reuse_static
        self.failures: list[Failure] = []
        self.seen = self.resumed = 0
        self._frames = self.frames()

    def open_worker(self) -> None:
        """Find out how much there is to do, in the thread that does it."""
        if self.sampling.sampling == "scenes":
            return  # known when every frame has been seen
        counts = []
        for source in self.sources:
            if sum(count or 0 for count in counts) >= (self.sampling.max_frames or math.inf):
                break
            with suppress(InputError):  # reported when its turn comes
                counts.append(count_samples(source, self.sampling))
        if None not in counts:
            self.size = min(sum(counts), self.sampling.max_frames or sum(counts))

    def run(self, data: None) -> None:
        frame = next(self._frames, None)
        if frame is None:
            self.close()
        else:
            self.emit(frame)

    def frames(self) -> Iterator[Frame]:
        """The frames that are still to be done."""
        for source in self.sources:
            try:
                yield from self._frames_of(source)
            except InputError as error:
                if len(self.failures) + 1 == len(self.sources) and not self.others:
                    raise
                self.failures.append(Failure(source.name, self.name, str(error)))
                self.warn(str(error))
            if self._enough():
                return

    def _frames_of(self, source: Source) -> Iterator[Frame]:
        stored: dict[str, int] = {}
        reuse = self.reuse_static and source.is_video

        def is_done(ref: FrameRef) -> bool:
            faces = self.stored_faces(ref)
            if faces is not None:
                stored[ref.frame_id] = faces
            # A picture that stays may begin with a frame that is done: then it is decoded all the same.
            return faces is not None and not reuse

        still: Still | None = None
        options = {"is_done": is_done, "warn": self.warn, "decode_threads": self.decode_threads}
        way = sample_scenes if self.sampling.sampling == "scenes" and source.is_video else sample
        for frame in way(source, self.sampling, **options):
            self.seen += 1
            if reuse:
                still = still if still is not None and still.shows(frame.picture) else Still(frame.picture)
                frame = frame.with_(still=still)
            self.budget.expect(frame.frame_id)
            if frame.frame_id in stored:
                self.resumed += 1
                self.budget.add(frame.frame_id, stored.pop(frame.frame_id))
            else:
                yield frame
            if self._enough():
                return

    def _enough(self) -> bool:
        limit = self.sampling.max_frames
        return self.budget.spent or (limit is not None and self.seen >= limit)
