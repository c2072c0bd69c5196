"""The sharpest picture of every face that a video shows around a sampled frame, within its shot and its track.

A run samples a frame a second, say; between two samples a head turns, a hand shakes, eyes close. So the frames around
each sample are searched too, and of those in which the face can be followed the sharpest one is taken that has open
eyes and shows the same person.
"""

import math
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from facepipe.annotated import AnnotatedFace, AnnotatedFrame
from facepipe.choice import OPEN
from facepipe.export.followed import Seat, Seen, followed
from facepipe.export.originals import Originals, Place
from facepipe.faces.search import whole_box
from facepipe.geometry import Box, Size, box_size, clip_box, portrait_box, scale_box
from facepipe.imaging.signature import signature
from facepipe.media.readers import frame_times
from facepipe.records import Frame
from facepipe.settings import CORES
from facepipe.space import EmbeddingSpace

if TYPE_CHECKING:
    from facepipe.faces.analyser import FaceAnalyser, Look

AROUND_S = 1.0  # seconds each way
_REACH = 2.0  # of its sides that a face moves at most while it is followed
_LESS = 0.02  # of head and shoulders that another picture may show
_NOWHERE = np.full((5, 2), np.nan, np.float32)  # landmarks that are not known


@dataclass(frozen=True, slots=True)
class Pick:
    """Which picture of a face is taken: the index of its frame, and its box there. before, after: how sharp the
    sampled one is, and that one; see `faces.quality.light_and_sharpness`. beside: the other faces of the sampled frame
    that were followed to there, by id, and where they are."""

    face_id: str
    index: int
    box_ltrb: Box
    before: float
    after: float
    beside: tuple[tuple[str, Box], ...] = ()


@dataclass(slots=True)
class Target:
    """A face for which a picture is chosen. indices: of the frames among which. start, box_ltrb: where it is known to
    be. pick: what was chosen."""

    frame: AnnotatedFrame
    face: AnnotatedFace
    indices: range
    start: int
    box_ltrb: Box
    pick: Pick | None = None


class Sharpest:
    """Chooses pictures: gives `targets`, and of each source their pictures by `search`."""

    def __init__(self, originals: Originals, analyser: "Callable[[], FaceAnalyser]", space: EmbeddingSpace) -> None:
        """analyser: opens what finds and encodes faces as the run did. space: of the embeddings of the faces.
        ModelError: as that raises."""
        self._originals, self._open, self._space = originals, analyser, space
        self._local = threading.local()
        self._own()  # before anything is decoded
        self._taken: set[tuple[Place, Box]] = set()

    def targets(self, frames: Sequence[AnnotatedFrame], faces: Collection[str], known: dict[str, Pick]) -> list[Target]:
        """The faces (by id) of videos whose frames can be gone to. known: what was chosen already."""
        by_track: dict[tuple[str, int, str], list[tuple[AnnotatedFrame, AnnotatedFace]]] = {}
        for frame in frames:
            for face in frame.faces:
                if face.face_id in faces and frame in self._originals:
                    alone = face.face_id if face.track < 0 else ""
                    by_track.setdefault((frame.source, face.track, alone), []).append((frame, face))
        found = []
        for (source, _, _), shown in by_track.items():
            times = frame_times(self._originals.sources[source])
            erased = self._originals.erased_s(source, np.arange(len(times)), times)
            if len(times) > 1:
                found += [
                    _target(frame, face, indices, known.get(face.face_id))
                    for (frame, face), indices in zip(shown, _spans(shown, times), strict=True)
                    if not self._reaches(times[[indices.start, indices.stop - 1]], erased)
                ]
        self._taken |= {((t.frame.source, t.pick.index), t.pick.box_ltrb) for t in found if t.pick}
        return found

    def _reaches(self, ends_s: np.ndarray, erased_s: np.ndarray) -> bool:
        """Whether somebody who was forgotten may be seen between two moments."""
        (start, end), around = ends_s, self._originals.interval_s
        return bool(((erased_s > start - around) & (erased_s < end + around)).any())

    def search(
        self, source: str, targets: Sequence[Target], progress: Callable[[], None]
    ) -> Iterator[tuple[Target, AnnotatedFrame | None]]:
        """The targets of one source, each as soon as it is decided: with its `pick`, unless it could not be followed,
        and with the picture where that is of another frame; of all faces in there only the target's is chosen.

        progress: called after each frame.
        """
        left = deque(sorted(targets, key=lambda target: (target.indices.stop, target.indices.start)))
        longest = max(len(target.indices) for target in targets)
        window: deque[Seen] = deque(maxlen=longest)
        for seen in self._seen_in_turn(source, targets):
            window.append(seen)
            while left and left[0].indices.stop <= seen.index + 1:
                target = left.popleft()
                yield target, self._chosen(target, window)
            progress()
        for target in left:  # its last frames are damaged
            yield target, self._chosen(target, window)

    def _seen_in_turn(self, source: str, targets: Sequence[Target]) -> Iterator[Seen]:
        """The frames of all targets, in order, searched on all cores; few are held."""
        coming = deque(sorted(targets, key=lambda target: target.indices.start))
        active: list[Target] = []
        with ThreadPoolExecutor(CORES, "facepipe-search") as pool:
            due: deque[Future[Seen]] = deque()
            for frame in self._originals.frames(source, sorted({k for target in targets for k in target.indices})):
                while coming and coming[0].indices.start <= frame.ref.index:
                    active.append(coming.popleft())
                active = [target for target in active if frame.ref.index < target.indices.stop]
                due.append(pool.submit(self._seen, frame, tuple(active)))
                if len(due) > 2 * CORES:
                    yield due.popleft().result()
            while due:
                yield due.popleft().result()

    def _seen(self, frame: Frame, targets: Sequence[Target]) -> Seen:
        analyser = self._own()
        found = analyser.search(frame)
        boxes = np.array([detection.box_ltrb for detection in found], np.float64).reshape(-1, 4)
        seen = Seen(frame.with_(picture=None), signature(frame.picture), boxes)
        fit = [target.box_ltrb for target in targets if target.frame.size_wh == frame.size_wh]
        near = [k for k, box in enumerate(boxes) if any(_is_near(box, known) for known in fit)]
        image = frame.picture.rgb() if near else None
        for k in near:
            seen.looks[k] = analyser.look(image, found[k])
        return seen

    def _own(self) -> "FaceAnalyser":
        """The analyser of this thread."""
        if not hasattr(self._local, "analyser"):
            self._local.analyser = self._open()
        return self._local.analyser

    def _chosen(self, target: Target, seen: Collection[Seen]) -> AnnotatedFrame | None:
        window = [one for one in seen if one.index in target.indices]
        seats = [seat for seat in followed(window, target.start, target.box_ltrb) if seat[1] in seat[0].looks]
        if not seats or seats[0][0].index != target.start:
            return None
        best, place = self._best(target, seats)
        look = best.looks[place]
        if target.pick is None:
            box, before = whole_box(look.detection), seats[0][0].looks[seats[0][1]].sharpness
            beside = _beside(target, window, best.index)
            target.pick = Pick(target.face.face_id, best.index, box, before, look.sharpness, beside)
            self._taken.add(((target.frame.source, best.index), box))
        if best.index == target.frame.index:
            return None
        embeddings, qualities = self._own().encode([look])
        face = _face_of(target.face, look, float(qualities[0]), embeddings[0])
        return _frame_of(target, target.pick, face, best)

    def _best(self, target: Target, seats: Sequence[Seat]) -> Seat:
        """The sharpest picture with open eyes of a face that was followed which is no other face's already, and surely
        shows the same person, and as much of the head; where no eyes look open, none that look less open than in the
        sampled picture, the first of `seats`."""
        looks = [seen.looks[place] for seen, place in seats]
        eyes = [look.eyes for look in looks]
        least = OPEN if max(eyes) >= OPEN else eyes[0]
        shown = [_share_inside(whole_box(look.detection), target.frame.size_wh) for look in looks]
        for k in sorted(range(len(seats)), key=lambda k: (-looks[k].sharpness, k)):
            look, place = looks[k], (target.frame.source, seats[k][0].index)
            if look.eyes < least or shown[k] < shown[0] - _LESS:
                continue
            if k == 0:
                break
            if (place, whole_box(look.detection)) not in self._taken:
                embeddings, _ = self._own().encode([look])
                if np.linalg.norm(embeddings[0] - target.face.embedding) < self._space.join_threshold:
                    return seats[k]
        return seats[0]


def _target(frame: AnnotatedFrame, face: AnnotatedFace, indices: range, known: Pick | None) -> Target:
    if known is None:
        return Target(frame, face, indices, frame.index, face.box_ltrb)
    return Target(frame, face, range(known.index, known.index + 1), known.index, known.box_ltrb, known)


def _spans(shown: Sequence[tuple[AnnotatedFrame, AnnotatedFace]], times: np.ndarray) -> list[range]:
    """For each face of one track, in the order of time, the indices of the frames around it that are nearer to it than
    to the next of them."""
    moments = np.array([frame.time_s for frame, _ in shown])
    middles = (moments[1:] + moments[:-1]) / 2
    low = np.maximum(np.searchsorted(times, moments - AROUND_S), [0, *np.searchsorted(times, middles, side="right")])
    high = np.searchsorted(times, moments + AROUND_S, side="right")
    high = np.minimum(high, [*np.searchsorted(times, middles, side="right"), len(times)])
    return [range(a, b) for a, b in zip(low.tolist(), high.tolist(), strict=True)]


def _is_near(box: np.ndarray, known: Box) -> bool:
    """Whether a box may be that of a face that was at another place up to a second ago."""
    side = box_size(known)[0]
    away = np.abs((box[:2] + box[2:] - np.add(known[:2], known[2:])) / 2).max()
    return bool(away <= _REACH * side and 0.5 <= (box[2] - box[0]) / side <= 2)


def _share_inside(box: Box, size_wh: Size) -> float:
    """How much of head and shoulders lies inside the picture, 0 to 1."""
    around = portrait_box(box)
    return math.prod(box_size(clip_box(around, size_wh))) / max(1, math.prod(box_size(around)))


def _beside(target: Target, window: Sequence[Seen], index: int) -> tuple[tuple[str, Box], ...]:
    """The other faces of the target's frame that can be followed to the frame of that index, and where they are."""
    found = []
    for other in target.frame.faces:
        seats = () if other.face_id == target.face.face_id else followed(window, target.start, other.box_ltrb)
        found += [(other.face_id, _whole(seen.boxes[place])) for seen, place in seats if seen.index == index]
    return tuple(found)


def _face_of(face: AnnotatedFace, look: "Look", quality: float, embedding: np.ndarray) -> AnnotatedFace:
    """A face as another picture shows it."""
    points, box = look.detection.landmarks_xy, whole_box(look.detection)
    return replace(
        face,
        stored_ltrb=box,
        box_ltrb=box,
        quality=quality,
        score=look.detection.score,
        embedding=embedding,
        points_xy=points if points.shape == _NOWHERE.shape else _NOWHERE,
        landmarks_xy=look.landmarks_xy,
    )


def _frame_of(target: Target, pick: Pick, face: AnnotatedFace, seen: Seen) -> AnnotatedFrame:
    """The frame of a pick with everybody who was found there. Who was not followed there is unknown: nobody is shown
    because somebody else stood in that place before."""
    known = {box: face_id for face_id, box in pick.beside}
    others = {other.face_id: other for other in target.frame.faces}
    nobody = replace(face, face_id="", person="", track=-1)
    faces = []
    for box in map(_whole, seen.boxes):
        if box == face.box_ltrb:
            faces.append(face)
        else:
            other = others.get(known.get(box, ""), nobody)
            placed = {"stored_ltrb": box, "box_ltrb": box, "points_xy": _NOWHERE, "landmarks_xy": _NOWHERE}
            faces.append(replace(other, **placed, chosen=False))
    return replace(target.frame, index=seen.index, time_s=seen.frame.ref.time_s, faces=tuple(faces))


def _whole(box: np.ndarray) -> Box:
    return scale_box(tuple(box.tolist()), 1.0)
