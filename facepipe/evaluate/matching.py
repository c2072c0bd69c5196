"""Which found face is which annotated person.

Annotators draw a face from the hairline to the chin, wider or narrower as they please; facepipe's boxes are squares
from the brows to the chin. Measured on a hand-checked clip their overlap (IoU) is .58 to .76 for the right pair and at
most .16 for a wrong one, so .3 tells them apart; a pair counts too when each box holds the other's centre and neither
is more than five times as large, which is what whole-head boxes need.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from facepipe.evaluate.ground_truth import Annotation, GroundTruth
from facepipe.geometry import iou_matrix
from facepipe.table import FaceTable

MIN_IOU = 0.3
MAX_AREA_RATIO = 5.0
FALSE_POSITIVE, NOT_JUDGED = -1, -2


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """The found faces and the truth, face by face.

    person: int64 (n,), index into `people`; FALSE_POSITIVE where a covered frame has nobody there; NOT_JUDGED in
        frames that the truth does not cover, and beside a row that speaks of the largest face only.
    people: names in the truth of the covered frames, sorted. expected: annotated faces in the covered frames.
    frames_covered, frames_left_out: sampled frames that the truth covers, and does not. frames_not_sampled: annotated
        frames that the run did not look at.
    """

    person: np.ndarray
    people: tuple[str, ...]
    expected: int
    frames_covered: int
    frames_left_out: int
    frames_not_sampled: int


def match(table: FaceTable, truth: GroundTruth, sampled: Mapping[str, set[int]] | None = None) -> Matching:
    """Match the faces of `table` to `truth`, one to one in every frame: as many as possible, then the best overlap.

    sampled: the frames that were looked at, by source name; without it those that have a face, so that a frame in
    which everybody was missed goes unnoticed. InputError: see `GroundTruth.match_sources`.
    """
    rows: dict[tuple[str, int], list[int]] = {}
    for row, key in enumerate(zip(table.source, table.frame_index.tolist(), strict=True)):
        rows.setdefault(key, []).append(row)
    looked_at = {(source, frame) for source, frames in (sampled or {}).items() for frame in frames} | rows.keys()
    sources = truth.match_sources(source for source, _ in sorted(looked_at))

    person = np.full(len(table), NOT_JUDGED, np.int64)
    covered = {}
    for source, frame in sorted(looked_at):
        annotations = truth.at(sources[source], frame) if source in sources else None
        if annotations is not None:
            covered[source, frame] = annotations
    people = tuple(sorted({a.person for annotations in covered.values() for a in annotations}))
    index = {name: i for i, name in enumerate(people)}
    for key, annotations in covered.items():
        here = np.array(rows.get(key, ()), np.int64)
        found = _match_frame(table.box_ltrb[here], annotations)
        person[here] = [index[annotations[k].person] if k >= 0 else k for k in found]

    annotated = {(source, frame) for source, by_frame in truth.frames.items() for frame in by_frame}
    seen = {(sources[source], frame) for source, frame in covered}
    return Matching(
        person,
        people,
        expected=sum(len(annotations) for annotations in covered.values()),
        frames_covered=len(covered),
        frames_left_out=len(looked_at) - len(covered),
        frames_not_sampled=len(annotated - seen),
    )


def _match_frame(boxes: np.ndarray, annotations: tuple[Annotation, ...]) -> np.ndarray:
    """For each found box (n, 4): the index of its annotation, FALSE_POSITIVE or NOT_JUDGED."""
    boxed = [k for k, annotation in enumerate(annotations) if annotation.annotation_ltrb is not None]
    whole = [k for k, annotation in enumerate(annotations) if annotation.annotation_ltrb is None]
    out = np.full(len(boxes), NOT_JUDGED if whole else FALSE_POSITIVE)
    if boxed and len(boxes):
        gain = match_gain(boxes, np.array([annotations[k].annotation_ltrb for k in boxed]))
        for i, j in zip(*linear_sum_assignment(gain, maximize=True), strict=True):
            if gain[i, j] > 0:
                out[i] = boxed[j]
    free = np.flatnonzero(out < 0)
    if whole and len(free):
        wide_high = boxes[free, 2:].astype(np.int64) - boxes[free, :2]
        out[free[wide_high.prod(1).argmax()]] = whole[0]
    return out


def match_gain(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """1 + IoU where a found box (n, 4) may be an annotated one (m, 4), else 0: float64 (n, m)."""
    found, truth = np.asarray(found, np.float64), np.asarray(truth, np.float64)
    overlap = iou_matrix(found, truth)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(1) for boxes in (found, truth)]
    ratio = areas[0][:, None] / areas[1][None, :]
    alike = (ratio <= MAX_AREA_RATIO) & (ratio >= 1 / MAX_AREA_RATIO)
    centred = _holds_centre(found, truth) & _holds_centre(truth, found).T
    return np.where((overlap >= MIN_IOU) | (alike & centred), 1 + overlap, 0.0)


def _holds_centre(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Whether each box of `a` (n, 4) holds the centre of each of `b` (m, 4): bool (n, m)."""
    centre = (b[:, :2] + b[:, 2:]) / 2
    return ((a[:, None, :2] <= centre) & (centre < a[:, None, 2:])).all(-1)
