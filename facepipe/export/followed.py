"""A face from frame to frame of a video, by where it was found."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from facepipe.geometry import Box, iou
from facepipe.media.shots import shot_ids
from facepipe.records import Frame

if TYPE_CHECKING:
    from facepipe.faces.analyser import Look

_LINKED = 0.4  # overlap (IoU) of a face with itself a frame later
_MISSES = 3  # frames in a row in which it may not be found


@dataclass(slots=True)
class Seen:
    """A frame that was searched. boxes: float (n, 4), of what was found there. looks: of those that may be a face that
    is followed."""

    frame: Frame
    signature: np.ndarray
    boxes: np.ndarray
    looks: "dict[int, Look]" = field(default_factory=dict)

    @property
    def index(self) -> int:
        return self.frame.ref.index

    def nearest(self, box: Box) -> int | None:
        """The place among the boxes of the one that overlaps `box` most, if it may be the same face."""
        overlaps = iou(self.boxes, np.array(box))
        return int(overlaps.argmax()) if len(overlaps) and overlaps.max() >= _LINKED else None


Seat = tuple[Seen, int]  # a face that was found: its frame, and its place there


def followed(window: Sequence[Seen], start: int, box_ltrb: Box) -> list[Seat]:
    """A face in the frames of its shot around the one of index `start`, where it is at `box_ltrb`, that one first;
    nothing where it is not found again there."""
    at = next((k for k, one in enumerate(window) if one.index == start), None)
    place = None if at is None else window[at].nearest(box_ltrb)
    if at is None or place is None:
        return []
    shots = shot_ids([one.signature for one in window], [one.frame.ref.time_s for one in window])
    found = [(window[at], place)]
    for step in (1, -1):
        box, misses, k = tuple(window[at].boxes[place]), 0, at + step
        while 0 <= k < len(window) and shots[k] == shots[at] and misses <= _MISSES:
            seat = window[k].nearest(box)
            misses = misses + 1 if seat is None else 0
            if seat is not None:
                box = tuple(window[k].boxes[seat])
                found.append((window[k], seat))
            k += step
    return found
