"""Which faces are worth exporting: large and good enough, no near-duplicates, a diverse few of everybody."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from facepipe.choice import diverse
from facepipe.errors import UsageError
from facepipe.export.duplicates import without_duplicates
from facepipe.grouping import rows_by
from facepipe.looks import Looks, poses_of
from facepipe.options import option
from facepipe.table import FaceTable


@dataclass(frozen=True, slots=True)
class Selection(Looks):
    """Which faces are exported. people: only these (empty: everybody)."""

    min_size: int = option(0, "leave faces out whose box has a shorter side", metavar="PX", low=0)
    min_quality: float = option(0.0, "leave poorer faces out (0 to 1)", metavar="Q")
    max_per_person: int | None = option(None, "of everybody no more than N faces that differ most", metavar="N", low=1)
    per_pose: int | None = option(
        None, "of everybody no more than N faces of each pose, from left to right profile", metavar="N", low=1
    )
    dedupe: bool = option(False, "of near-duplicates only the best one")
    people: tuple[str, ...] = ()

    def check(self) -> None:
        Looks.check(self)  # super() finds nobody: slots make another class
        if not 0 <= self.min_quality <= 1:
            raise UsageError(f"--min-quality {self.min_quality}: quality lies between 0 and 1")


@dataclass(frozen=True, slots=True, eq=False)
class Selected:
    """table: with person "" for the faces that nobody should be taught to name: unknown, not asked for, too small or
    too poor. chosen: bool (n,), the faces to export. reasons: why each known face is not exported for its own sake, ""
    for the others."""

    table: FaceTable
    chosen: np.ndarray
    reasons: tuple[str, ...]

    def left_out(self, exported: Collection[str] = ()) -> dict[str, int]:
        """Why known faces were left out, and how many, but for the ids of those that are exported all the same: one in
        a frame that is there for another face is labelled, since it is seen."""
        faces = zip(self.table.face_id, self.reasons, strict=True)
        return dict(Counter(why for face, why in faces if why and face not in exported))


def select(table: FaceTable, selection: Selection, shown_wh: np.ndarray | None = None) -> Selected:
    """Apply a selection. shown_wh: int (n, 2), the size of the picture in which each face is exported (default: the
    stored one). UsageError: somebody asked for is not there."""
    missing = sorted(set(selection.people) - table.people)
    if missing:
        there = ", ".join(sorted(table.people)[:20])
        raise UsageError(f"--person {missing[0]}: the run has nobody of that name; it has {there or 'nobody'}")
    names = np.array(table.person, dtype=object)
    chosen = np.ones(len(table), bool)
    reasons = np.full(len(table), "", object)

    def drop(rows: np.ndarray, why: str) -> None:
        """Leave out the rows (bool) that are still in."""
        gone = rows & chosen
        reasons[gone & (names != "")] = why
        chosen[gone] = False

    if selection.people:
        others = np.array([person not in selection.people for person in table.person], bool)
        drop(others & (names != ""), "not asked for by --person")
        names[others] = ""
        chosen[others] = True  # they count as unknown faces from here
    shrunk = (table.stored_wh if shown_wh is None else shown_wh) / np.maximum(table.image_wh, 1)
    sides = ((table.box_ltrb[:, 2:] - table.box_ltrb[:, :2]) * shrunk).min(axis=1)
    weak = {
        f"below --min-size {selection.min_size}": sides < selection.min_size,
        f"below --min-quality {selection.min_quality:g}": table.quality < selection.min_quality,
        **selection.outside(table),
    }
    for why, rows in weak.items():
        drop(rows, why)
    names[~chosen] = ""
    for rows in rows_by(names.tolist()).values() if selection.dedupe else ():
        drop(
            _but(rows[chosen[rows]], without_duplicates(table, rows[chosen[rows]]), len(table)),
            "that are near-duplicates",
        )
    poses = poses_of(table)
    for most, option_name, part in (
        (selection.per_pose, "--per-pose", poses),
        (selection.max_per_person, "--max-per-person", np.zeros(len(table), np.int64)),
    ):
        for rows in rows_by(zip(names.tolist(), part.tolist(), strict=True)).values() if most else ():
            rows = rows[chosen[rows]]
            kept = rows[diverse(table.embedding[rows], table.quality[rows], most)]
            drop(_but(rows, kept, len(table)), f"above {option_name} {most}")
    return Selected(table.with_(person=tuple(names.tolist())), chosen, tuple(reasons.tolist()))


def _but(rows: np.ndarray, kept: np.ndarray, count: int) -> np.ndarray:
    """bool (count,): `rows` without `kept`."""
    out = np.zeros(count, bool)
    out[rows] = True
    out[kept] = False
    return out
