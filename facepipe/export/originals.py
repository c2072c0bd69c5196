"""The inputs of a run once more: frames in full size, where the run keeps them shrunk."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from facepipe.annotated import AnnotatedFace, AnnotatedFrame
from facepipe.errors import DecodeError
from facepipe.media.readers import sample
from facepipe.records import Frame, Source
from facepipe.settings import CORES, SamplingSettings
from facepipe.words import counted

if TYPE_CHECKING:
    from facepipe.media.scenes import ShotsOfFrames


class Originals:
    """Frames decoded again: `in_full` says of which, `wanted` which of them will be read, then `read` is called for
    these, in the order of the table. Each input is read once, and one picture is held at a time.

    sources: inputs that are as they were when the run read them. sampling: by which it chose the frames.
    """

    def __init__(self, sources: Sequence[Source] = (), sampling: SamplingSettings | None = None) -> None:
        self._sources = {source.name: source for source in sources}
        self._sampling = sampling or SamplingSettings()
        self._wanted: set[str] = set()
        self._source, self._frames = "", iter(())
        self._held: tuple[str, np.ndarray] | None = None
        self._shots: dict[str, ShotsOfFrames] = {}

    def __contains__(self, frame_id: str) -> bool:
        return frame_id in self._wanted

    @property
    def interval_s(self) -> float:
        """Seconds between two samples, as they were asked for."""
        return self._sampling.interval

    def video(self, name: str) -> Source | None:
        """The video of that name, if it is there as it was, and its frames' times can be told."""
        source = self._sources.get(name)
        return source if source is not None and source.is_video and source.reader == "video" else None

    def shots(self, name: str) -> "ShotsOfFrames":
        """The shot of every frame of a `video`; all are decoded for it, once. DecodeError: nothing can be read."""
        from facepipe.media.scenes import find_shots  # here, since exports of other formats need no decoder

        if name not in self._shots:
            self._shots[name] = find_shots(self._sources[name].path, self._sampling.shots, CORES)
        return self._shots[name]

    def in_full(self, frames: Sequence[AnnotatedFrame], instead: str) -> tuple[list[AnnotatedFrame], list[str]]:
        """The frames as they are in their inputs, in full size; those of inputs that are gone as they were, and a note
        on these, which ends in what is done `instead`."""
        full = [_full(frame) if frame.source in self._sources else frame for frame in frames]
        gone = sorted({frame.source for frame in frames} - set(self._sources))
        if not gone:
            return full, []
        named = f"{counted(len(gone), 'input')} gone or changed ({gone[0]}{', ...' if gone[1:] else ''})"
        return full, [f"{named}: {instead}"]

    def wanted(self, frames: Sequence[AnnotatedFrame]) -> None:
        """These frames will be read."""
        self._wanted = {frame.frame_id for frame in frames if frame.source in self._sources}
        self._source = ""

    def read(self, frame: AnnotatedFrame) -> np.ndarray:
        """RGB uint8 (H, W, 3). DecodeError: the input does not give that frame any more."""
        if self._held is not None and self._held[0] == frame.frame_id:
            return self._held[1]
        if self._source != frame.source:
            self._source, self._frames = frame.source, self._decoded(self._sources[frame.source])
        for found in self._frames:
            if found.frame_id == frame.frame_id and found.picture is not None and found.size_wh == frame.size_wh:
                self._held = frame.frame_id, found.picture.rgb()
                return self._held[1]
        raise DecodeError(f"{frame.source} does not give frame {frame.index} any more: export with --quality stored")

    def _decoded(self, source: Source) -> Iterator[Frame]:
        return sample(source, self._sampling, is_done=lambda ref: ref.frame_id not in self._wanted)


def _full(frame: AnnotatedFrame) -> AnnotatedFrame:
    scale = np.divide(frame.source_wh, frame.size_wh)

    def grown(face: AnnotatedFace) -> AnnotatedFace:
        points, landmarks = face.points_xy * scale, face.landmarks_xy * scale
        return replace(face, stored_ltrb=face.box_ltrb, points_xy=points, landmarks_xy=landmarks)

    return replace(frame, size_wh=frame.source_wh, faces=tuple(map(grown, frame.faces)))
