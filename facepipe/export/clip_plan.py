"""Where a video can be cut into clips of one person: inside a shot, alone, through one window that stands still."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from facepipe.face_paths import FacePath
from facepipe.geometry import Box, Size, box_size, clip_box, head_box, iou, portrait_box

if TYPE_CHECKING:
    from facepipe.media.scenes import ShotsOfFrames

ALONE = ("frame", "window", "known")


@dataclass(frozen=True, slots=True)
class ClipShape:
    """What a clip is like. crop: the box around a face that its window holds besides head and shoulders. alone: see
    ClipsOptions; "" where others may be seen. enlarge: whether the window may be smaller than `size_wh`."""

    size_wh: Size
    frames: int
    fps: int
    crop: Callable[[Box], Box]
    alone: str
    enlarge: bool

    @property
    def lasts_s(self) -> float:
        return self.frames / self.fps


@dataclass(frozen=True, slots=True, eq=False)
class PlannedClip:
    """frame_index: int64 (n,), the frames of the video that it shows, some of them twice where the video has fewer.
    box_ltrb: float64 (n, 4), the person's face there; others: the same of everybody else who is seen meanwhile, nan
    where they are not. face_ids: the person's sampled faces."""

    start_s: float
    window: Box
    frame_index: np.ndarray
    box_ltrb: np.ndarray
    others: tuple[np.ndarray, ...]
    face_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Way:
    """A path on the grid: from `first` on, where it surely is (near), and where it may be (far): float64 (k, 4)."""

    path: FacePath
    first: int
    near: np.ndarray
    far: np.ndarray

    def over(self, start: int, count: int) -> np.ndarray:
        """`far` in a part of the grid, float64 (count, 4)."""
        out = np.full((count, 4), np.nan)
        low, high = max(start, self.first), min(start + count, self.first + len(self.far))
        if low < high:
            out[low - start : high - start] = self.far[low - self.first : high - self.first]
        return out


class ClipPlan:
    """The clips of a video. paths: of all faces in it, unknown ones too. step_s: between two samples. erased_s: when
    somebody is seen who was forgotten, nobody knows where.

    A person is there from half a step before a track to half a step behind it; somebody else may be there for a whole
    step around theirs.
    """

    def __init__(
        self,
        paths: Sequence[FacePath],
        frames: "ShotsOfFrames",
        size_wh: Size,
        step_s: float,
        shape: ClipShape,
        erased_s: np.ndarray | None = None,
    ) -> None:
        self._shape, self._size_wh, self._step_s = shape, size_wh, step_s
        self._time_s = np.arange(math.floor(frames.time_s[-1] * shape.fps) + 1) / shape.fps
        places = _nearest(frames.time_s, self._time_s)
        self._index, self._shot = frames.index[places], frames.shot[places]
        self._ways = [self._way(path) for path in paths]
        self._crowd = sum((self._present(way) for way in self._ways), np.zeros(len(self._time_s), int))
        self._free = np.ones(len(self._time_s), bool)
        for moment in () if erased_s is None else erased_s:
            first, end = np.searchsorted(self._time_s, [moment - step_s, moment + step_s])
            self._free[first:end] = False
        self.lost: Counter[str] = Counter()  # why faces are in no clip

    def clips(self, person: str) -> list[PlannedClip]:
        """As many as fit one behind the other, the earliest first."""
        own = [way for way in self._ways if way.path.person == person]
        box, alone = self._alone(own)
        found = []
        for first, end in _runs(alone, self._shot):
            found += self._clips_in(first, end, box, own, person)
        self._count_lost(own, alone, {face for clip in found for face in clip.face_ids})
        return found

    def _way(self, path: FacePath) -> _Way:
        first, end = np.searchsorted(self._time_s, path.time_s[[0, -1]] + [-self._step_s, self._step_s])
        part = slice(int(first), int(end))
        near, far = (path.boxes(self._time_s[part], self._shot[part], self._step_s / share) for share in (2, 1))
        return _Way(path, int(first), near, far)

    def _present(self, way: _Way) -> np.ndarray:
        """int (n,): 1 where somebody may be."""
        return (~np.isnan(way.over(0, len(self._time_s))[:, 0])).astype(int)

    def _alone(self, own: Sequence[_Way]) -> tuple[np.ndarray, np.ndarray]:
        """The person's box, float64 (n, 4), and where there is exactly one of it, and nobody else where nobody may be:
        bool (n,)."""
        box, count = np.full((len(self._time_s), 4), np.nan), np.zeros(len(self._time_s), int)
        others = self._crowd.copy()
        for way in own:
            part = slice(way.first, way.first + len(way.near))
            seen = ~np.isnan(way.near[:, 0])
            box[part][seen] = way.near[seen]
            count[part] += seen
            others -= self._present(way)
        alone = (count == 1) & self._free
        return box, alone & (others == 0) if self._shape.alone == "frame" else alone

    def _clips_in(
        self, first: int, end: int, box: np.ndarray, own: Sequence[_Way], person: str
    ) -> Iterator[PlannedClip]:
        count, stride = self._shape.frames, max(1, round(self._step_s * self._shape.fps / 2))
        while first + count <= end:
            clip = self._clip(first, box[first : first + count], own, person)
            if clip is not None:
                yield clip
            first += count if clip is not None else stride

    def _clip(self, first: int, box: np.ndarray, own: Sequence[_Way], person: str) -> PlannedClip | None:
        count, shape = self._shape.frames, self._shape
        window = window_of(box, self._size_wh, shape)
        if window is None:
            return None
        ways = [way for way in self._ways if way.path.person != person]
        others = [boxes for boxes in (way.over(first, count) for way in ways) if not np.isnan(boxes).all()]
        forbidden = {"window": ways, "known": [way for way in ways if way.path.person]}.get(shape.alone, [])
        if any(_meets(way.over(first, count), window) for way in forbidden):
            return None
        start_s = float(self._time_s[first])
        faces = tuple(
            face
            for way in own
            for face, at_s in zip(way.path.face_ids, way.path.time_s.tolist(), strict=True)
            if start_s <= at_s < start_s + shape.lasts_s
        )
        return PlannedClip(start_s, window, self._index[first : first + count], box, tuple(others), faces)

    def _count_lost(self, own: Sequence[_Way], alone: np.ndarray, used: set[str]) -> None:
        shape = self._shape
        long = np.zeros(len(alone), bool)
        for first, end in _runs(alone, self._shot):
            long[first:end] = end - first >= shape.frames
        for way in own:
            for face, at_s in zip(way.path.face_ids, way.path.time_s.tolist(), strict=True):
                place = min(round(at_s * shape.fps), len(alone) - 1)
                if face in used:
                    continue
                if not alone[place]:
                    self.lost["with somebody else there"] += 1
                elif not long[place]:
                    self.lost[f"alone in a shot for less than {shape.lasts_s:.1f} s"] += 1
                else:
                    size = "x".join(map(str, shape.size_wh))
                    self.lost[f"left over, or in no window of --clip-size {size}"] += 1


def window_of(box_ltrb: np.ndarray, size_wh: Size, shape: ClipShape) -> Box | None:
    """The window through which a face, float64 (n, 4), is seen in a picture of `size_wh`, in the shape of the clip.

    It holds head and shoulders, and what `crop` adds, in every frame, as far as they are in the picture and its shape
    lets it; the head always. None where that cannot be, or where it would have to be enlarged and must not.
    """
    boxes = [tuple(box) for box in np.rint(box_ltrb).astype(int).tolist()]
    wanted = _around([around(box) for box in boxes for around in (portrait_box, shape.crop)], size_wh)
    heads = _around([head_box(box) for box in boxes], size_wh)
    width, height = shape.size_wh
    most = min(size_wh[0] / width, size_wh[1] / height)
    least = max(box_size(wanted)[0] / width, box_size(wanted)[1] / height, 0.0 if shape.enlarge else 1.0)
    if most < 1 and not shape.enlarge:
        return None
    scale = min(least, most)
    middle = wanted if least <= most else heads
    sides = min(math.ceil(width * scale), size_wh[0]), min(math.ceil(height * scale), size_wh[1])
    left, top = (
        min(max((low + high - side) // 2, 0), whole - side)
        for low, high, side, whole in zip(middle[:2], middle[2:], sides, size_wh, strict=True)
    )
    window = left, top, left + sides[0], top + sides[1]
    return window if heads == _shared(heads, window) else None


def _around(boxes: Sequence[Box], size_wh: Size) -> Box:
    corners = np.array(boxes)
    left, top = corners[:, :2].min(0).tolist()
    right, bottom = corners[:, 2:].max(0).tolist()
    return clip_box((left, top, right, bottom), size_wh)


def _shared(box: Box, window: Box) -> Box:
    left, top, right, bottom = box
    return max(left, window[0]), max(top, window[1]), min(right, window[2]), min(bottom, window[3])


def _meets(boxes: np.ndarray, window: Box) -> bool:
    """Whether any head around face boxes, float64 (n, 4), of which some are nan, is in part in the window."""
    seen = boxes[~np.isnan(boxes[:, 0])]
    heads = np.array([head_box(tuple(box)) for box in np.rint(seen).astype(int).tolist()]).reshape(-1, 4)
    return bool((iou(heads, np.array(window)) > 0).any())


def _nearest(times_s: np.ndarray, wanted_s: np.ndarray) -> np.ndarray:
    """The place of the time nearest to each of those wanted: int64 (n,)."""
    after = np.minimum(np.searchsorted(times_s, wanted_s), len(times_s) - 1)
    before = np.maximum(after - 1, 0)
    return np.where(wanted_s - times_s[before] <= times_s[after] - wanted_s, before, after)


def _runs(wanted: np.ndarray, key: np.ndarray) -> list[tuple[int, int]]:
    """(first, end) of the stretches of `wanted`, bool (n,), inside which the key, int (n,), does not change."""
    cuts = np.flatnonzero((np.diff(wanted.astype(int)) != 0) | (np.diff(key) != 0)) + 1
    bounds = [0, *cuts.tolist(), len(wanted)]
    return [(first, end) for first, end in pairwise(bounds) if end > first and wanted[first]]
