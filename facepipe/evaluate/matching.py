"""Which found face is which annotated person."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from facepipe.evaluate.ground_truth import Annotation, GroundTruth
from facepipe.geometry import BoxF
from facepipe.pairing import paired
from facepipe.table import FaceTable

FALSE_POSITIVE, NOT_JUDGED = -1, -2


@dataclass(frozen=True, slots=True)
class Missed:
    """An annotated face that was not found: whose (index into `Matching.people`), and where; source as the run calls
    it, annotation_ltrb in its pixels, None where the truth has no box."""

    person: int
    source: str
    frame: int
    annotation_ltrb: BoxF | None


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """The found faces and the truth, face by face, in the frames that were looked at and that the truth covers.

    person: int64 (n,), index into `people`; FALSE_POSITIVE where a covered frame has nobody there; NOT_JUDGED in
        frames that the truth does not cover, and beside a row that speaks of the largest face only.
    annotation_ltrb: float64 (n, 4), the annotated box of each face that is somebody; nan where there is none.
    people: names in the truth of the covered frames, sorted. missed: the annotated faces that were not found.
    frames_covered, frames_left_out: sampled frames that the truth covers, and does not. frames_not_sampled: annotated
        frames that the run did not look at.
    """

    person: np.ndarray
    annotation_ltrb: np.ndarray
    people: tuple[str, ...]
    missed: tuple[Missed, ...] = ()
    frames_covered: int = 0
    frames_left_out: int = 0
    frames_not_sampled: int = 0

    @property
    def expected(self) -> int:
        """How many faces are annotated."""
        return int((self.person >= 0).sum()) + len(self.missed)

    def take(self, rows: np.ndarray) -> "Matching":
        """The matching of some of the found faces, in that order."""
        return replace(self, person=self.person[rows], annotation_ltrb=self.annotation_ltrb[rows])


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

    covered = {}
    for source, frame in sorted(looked_at):
        annotations = truth.at(sources[source], frame) if source in sources else None
        if annotations is not None:
            covered[source, frame] = annotations
    people = tuple(sorted({a.person for annotations in covered.values() for a in annotations}))
    index = {name: i for i, name in enumerate(people)}

    person = np.full(len(table), NOT_JUDGED, np.int64)
    annotated, missed = np.full((len(table), 4), np.nan), []
    for key, annotations in covered.items():
        here = np.array(rows.get(key, ()), np.int64)
        found = _match_frame(table.box_ltrb[here], annotations)
        person[here] = [index[annotations[k].person] if k >= 0 else k for k in found]
        for row, k in zip(here[found >= 0].tolist(), found[found >= 0].tolist(), strict=True):
            annotated[row] = annotations[k].annotation_ltrb or np.nan
        lost = (annotations[k] for k in range(len(annotations)) if k not in found)
        missed += [Missed(index[one.person], *key, one.annotation_ltrb) for one in lost]

    all_annotated = {(source, frame) for source, by_frame in truth.frames.items() for frame in by_frame}
    seen = {(sources[source], frame) for source, frame in covered}
    return Matching(
        person,
        annotated,
        people,
        tuple(missed),
        frames_covered=len(covered),
        frames_left_out=len(looked_at) - len(covered),
        frames_not_sampled=len(all_annotated - seen),
    )


def _match_frame(boxes: np.ndarray, annotations: tuple[Annotation, ...]) -> np.ndarray:
    """For each found box (n, 4): the index of its annotation, FALSE_POSITIVE or NOT_JUDGED."""
    boxed = [k for k, annotation in enumerate(annotations) if annotation.annotation_ltrb is not None]
    whole = [k for k, annotation in enumerate(annotations) if annotation.annotation_ltrb is None]
    out = np.full(len(boxes), NOT_JUDGED if whole else FALSE_POSITIVE)
    if boxed and len(boxes):
        for i, j in paired(boxes, np.array([annotations[k].annotation_ltrb for k in boxed])):
            out[i] = boxed[j]
    free = np.flatnonzero(out < 0)
    if whole and len(free):
        wide_high = boxes[free, 2:].astype(np.int64) - boxes[free, :2]
        out[free[wide_high.prod(1).argmax()]] = whole[0]
    return out
