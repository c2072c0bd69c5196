"""Faces between the samples of a video: where each of them is in every frame.

Between two samples of one track a box moves in a straight line. Before its first sample, behind its last one, and where
a cut lies between two, it stays where it was sampled, as long as `reach_s` says and never across a cut.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from facepipe.geometry import Box

if TYPE_CHECKING:
    from facepipe.media.scenes import ShotsOfFrames


@dataclass(frozen=True, slots=True)
class Sighting:
    """A face in a sampled frame. frame_index: in its video; time_s: since the first frame; track: -1 where it has none;
    person: "" for unknown."""

    face_id: str
    frame_index: int
    time_s: float
    box_ltrb: Box
    track: int
    person: str


@dataclass(frozen=True, slots=True, eq=False)
class FacePath:
    """Somebody's faces in one track of one video, in time order. person: "" for unknown. time_s: float64 (k,),
    box_ltrb: float64 (k, 4), shot: int64 (k,), where each was sampled."""

    person: str
    face_ids: tuple[str, ...]
    time_s: np.ndarray
    box_ltrb: np.ndarray
    shot: np.ndarray

    def boxes(self, time_s: np.ndarray, shot: np.ndarray, reach_s: float) -> np.ndarray:
        """Its box in frames at `time_s`, float64 (n,), of the shots `shot`, int64 (n,): float64 (n, 4), nan where it is
        not seen."""
        last = len(self.time_s) - 1
        before = np.searchsorted(self.time_s, time_s, "right") - 1
        after = np.searchsorted(self.time_s, time_s, "left")
        left, right = np.maximum(before, 0), np.minimum(after, last)
        goes_on = (before >= 0) & (self.shot[left] == shot)
        comes = (after <= last) & (self.shot[right] == shot)
        passed, lacking = time_s - self.time_s[left], self.time_s[right] - time_s
        share = np.divide(passed, passed + lacking, out=np.zeros(len(time_s)), where=passed + lacking > 0)[:, None]
        between = (1 - share) * self.box_ltrb[left] + share * self.box_ltrb[right]
        cases = [goes_on & comes, goes_on & (passed <= reach_s), comes & (lacking <= reach_s)]
        choices = [between, self.box_ltrb[left], self.box_ltrb[right]]
        return np.select([case[:, None] for case in cases], choices, np.nan)


def paths_of(sightings: Iterable[Sighting], frames: "ShotsOfFrames") -> list[FacePath]:
    """The paths of faces that are all of one video; frames: of that video.

    A track in which somebody has named faces differently is a path for each of them.
    """
    found: dict[Hashable, list[Sighting]] = {}
    for seen in sorted(sightings, key=lambda seen: (seen.time_s, seen.face_id)):
        found.setdefault((seen.track if seen.track >= 0 else seen.face_id, seen.person), []).append(seen)
    return [_path(own, frames) for own in found.values()]


def _path(own: Sequence[Sighting], frames: "ShotsOfFrames") -> FacePath:
    places = np.searchsorted(frames.index, [seen.frame_index for seen in own])
    return FacePath(
        own[0].person,
        tuple(seen.face_id for seen in own),
        np.array([seen.time_s for seen in own]),
        np.array([seen.box_ltrb for seen in own], np.float64),
        frames.shot[np.minimum(places, len(frames.index) - 1)],
    )


class Seen:
    """Who is where in the frames of a video, asked for in the order shown; boxes are made when their path begins."""

    def __init__(self, paths: Sequence[FacePath], frames: "ShotsOfFrames", reach_s: float) -> None:
        self._frames, self._reach_s = frames, reach_s
        self._waiting = sorted(((*self._bounds(path), path) for path in paths), key=lambda item: -item[0])
        self._active: list[tuple[int, FacePath, np.ndarray]] = []

    def _bounds(self, path: FacePath) -> tuple[int, int]:
        """The first place at which a path can be seen, and that behind the last."""
        first_s, last_s = path.time_s[0] - self._reach_s, path.time_s[-1] + self._reach_s
        times = self._frames.time_s
        return int(np.searchsorted(times, first_s, "left")), int(np.searchsorted(times, last_s, "right"))

    def at(self, place: int) -> list[tuple[FacePath, np.ndarray]]:
        """Who is seen in the frame at `place`: each with its boxes up to this frame, float64 (m, 4), the last of which
        is that of this frame; those before may be nan."""
        while self._waiting and self._waiting[-1][0] <= place:
            first, end, path = self._waiting.pop()
            part = slice(first, end)
            boxes = path.boxes(self._frames.time_s[part], self._frames.shot[part], self._reach_s)
            self._active.append((first, path, boxes))
        self._active = [item for item in self._active if item[0] + len(item[2]) > place]
        shown = ((path, boxes[: place - first + 1]) for first, path, boxes in self._active)
        return [(path, boxes) for path, boxes in shown if not np.isnan(boxes[-1, 0])]
