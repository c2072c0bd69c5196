"""The inputs of a run once more: frames in full size, where the run keeps them shrunk."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from facepipe.annotated import AnnotatedFace, AnnotatedFrame
from facepipe.errors import DecodeError
from facepipe.media.readers import frames_at
from facepipe.records import Frame, Picture, Source
from facepipe.settings import CORES, SamplingSettings
from facepipe.words import counted

if TYPE_CHECKING:
    from facepipe.faces.analyser import FaceAnalyser
    from facepipe.media.scenes import ShotsOfFrames

_NEAR = 2e-3  # seconds that the time of a frame may be off where it was stored as text

Place = tuple[str, int]  # a frame: its source, by name, and its index in it


class Originals:
    """Frames decoded again: `in_full` says of which, `wanted` which of them will be read, then `picture` is called for
    these, source after source, in ascending order. Of a video no more is decoded than they need, and one frame is held
    at a time.

    sources: inputs that are as they were when the run read them. sampling: by which it chose the frames. analyser:
    opens what finds the faces of other frames as the run did. erased: by source, the frames in which somebody was
    forgotten, whom the input still shows: they are none of these.
    """

    def __init__(
        self,
        sources: Sequence[Source] = (),
        sampling: SamplingSettings | None = None,
        analyser: "Callable[[], FaceAnalyser] | None" = None,
        erased: Mapping[str, Collection[int]] | None = None,
    ) -> None:
        self.sources = {source.name: source for source in sources}
        self.analyser = analyser
        self._erased = erased or {}
        self._sampling = sampling or SamplingSettings()
        self._wanted: dict[str, list[int]] = {}
        self._source, self._frames = "", iter(())
        self._held: tuple[Place, Picture] | None = None
        self._shots: dict[str, ShotsOfFrames] = {}

    def __contains__(self, frame: AnnotatedFrame) -> bool:
        return self.has((frame.source, frame.index))

    def has(self, place: Place) -> bool:
        """Whether the frame there is one of these."""
        source, index = place
        return source in self.sources and index not in self._erased.get(source, ())

    @property
    def interval_s(self) -> float:
        """Seconds between two samples, as they were asked for."""
        return self._sampling.interval

    def erased_s(self, name: str, index: np.ndarray, time_s: np.ndarray) -> np.ndarray:
        """When, in seconds, somebody is seen in an input who was forgotten: in the frames with these indices and times,
        as far as they were looked at. Nobody knows how long before and after."""
        return time_s[np.isin(index, list(self._erased.get(name, ())))]

    def video(self, name: str) -> Source | None:
        """The video of that name, if it is there as it was, and its frames' times can be told."""
        source = self.sources.get(name)
        return source if source is not None and source.is_video and source.reader == "video" else None

    def shots(self, name: str) -> "ShotsOfFrames":
        """The shot of every frame of a `video`; all are decoded for it, once. DecodeError: nothing can be read."""
        from facepipe.media.scenes import find_shots  # here, since exports of other formats need no decoder

        if name not in self._shots:
            self._shots[name] = find_shots(self.sources[name].path, self._sampling.shots, CORES)
        return self._shots[name]

    def in_full(self, frames: Sequence[AnnotatedFrame], instead: str) -> tuple[list[AnnotatedFrame], list[str]]:
        """The frames as they are in their inputs, in full size; those of inputs that are gone, or in which somebody was
        forgotten, as they were, and notes on these, which end in what is done `instead`."""
        full = [in_full(frame) if frame in self else frame for frame in frames]
        gone = sorted({frame.source for frame in frames} - set(self.sources))
        notes = []
        if gone:
            named = f"{counted(len(gone), 'input')} gone or changed ({gone[0]}{', ...' if gone[1:] else ''})"
            notes.append(f"{named}: {instead}")
        erased = sum(frame.source in self.sources and frame not in self for frame in frames)
        if erased:
            notes.append(f"{counted(erased, 'frame')} whose input still shows somebody who was forgotten: {instead}")
        return full, notes

    def wanted(self, places: Collection[Place]) -> None:
        """The frames at these places will be read."""
        self._wanted = {}
        for source, index in sorted(places):
            self._wanted.setdefault(source, []).append(index)
        self._source, self._held = "", None

    def picture(self, frame: AnnotatedFrame) -> Picture:
        """The picture, whose pixels any thread may ask for. DecodeError: the input does not give that frame any more,
        at its time and in its size."""
        place = frame.source, frame.index
        if self._held is not None and self._held[0] == place:
            return self._held[1]
        if self._source != frame.source:
            self._source, self._frames = frame.source, self.frames(frame.source, self._wanted[frame.source])
        for found in self._frames:
            same = found.ref.index == frame.index and abs(found.ref.time_s - frame.time_s) < _NEAR
            if same and found.picture is not None and found.size_wh == frame.size_wh:
                self._held = place, found.picture
                return found.picture
        raise DecodeError(f"{frame.source} does not give frame {frame.index} any more: export with --quality stored")

    def frames(self, source: str, indices: Sequence[int]) -> Iterator[Frame]:
        """The frames of an input at `indices`, ascending; damaged ones are left out."""
        return frames_at(self.sources[source], self._sampling, indices, decode_threads=CORES)


def in_full(frame: AnnotatedFrame) -> AnnotatedFrame:
    """The frame in the size of its source."""
    scale = np.divide(frame.source_wh, frame.size_wh)

    def grown(face: AnnotatedFace) -> AnnotatedFace:
        points, landmarks = face.points_xy * scale, face.landmarks_xy * scale
        return replace(face, stored_ltrb=face.box_ltrb, points_xy=points, landmarks_xy=landmarks)

    return replace(frame, size_wh=frame.source_wh, faces=tuple(map(grown, frame.faces)))
