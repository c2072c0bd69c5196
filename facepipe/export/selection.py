"""Which faces are worth exporting: large and good enough, no near-duplicates, a diverse few of everybody."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from facepipe.errors import UsageError
from facepipe.export.duplicates import rows_by_person, without_duplicates
from facepipe.records import FaceTable


@dataclass(frozen=True, slots=True)
class Selection:
    """min_size: pixels, of a face box's shorter side. min_quality: 0..1. max_per_person: how many diverse faces of
    everybody. dedupe: leave near-duplicates out. people: only these (empty: everybody)."""

    min_size: int = 0
    min_quality: float = 0.0
    max_per_person: int | None = None
    dedupe: bool = False
    people: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.min_size < 0:
            raise UsageError(f"--min-size {self.min_size}: must not be negative")
        if not 0 <= self.min_quality <= 1:
            raise UsageError(f"--min-quality {self.min_quality}: quality lies between 0 and 1")
        if self.max_per_person is not None and self.max_per_person < 1:
            raise UsageError(f"--max-per-person {self.max_per_person}: must be at least 1")


@dataclass(frozen=True, slots=True, eq=False)
class Selected:
    """people: a name for each face, "" for those that nobody should be taught to name: unknown, not asked for, too
    small or too poor. chosen: bool (n,), the faces to export. dropped: why known faces were left out, and how many."""

    people: tuple[str, ...]
    chosen: np.ndarray
    dropped: dict[str, int]


def select(table: FaceTable, people: Sequence[str], selection: Selection) -> Selected:
    """Apply a selection. people: a name for each face, "" when unknown. UsageError: somebody asked for is not there."""
    missing = sorted(set(selection.people) - set(people))
    if missing:
        there = ", ".join(sorted(set(people) - {""})[:20])
        raise UsageError(f"--person {missing[0]}: the run has nobody of that name; it has {there or 'nobody'}")
    names = np.array(people, dtype=object)
    chosen = np.ones(len(table), bool)
    dropped: Counter[str] = Counter()

    def drop(rows: np.ndarray, why: str) -> None:
        """Leave out the rows (bool) that are still in."""
        gone = rows & chosen
        dropped.update({why: int((names[gone] != "").sum())})
        chosen[gone] = False

    if selection.people:
        others = np.array([person not in selection.people for person in people], bool)
        drop(others & (names != ""), "not asked for by --person")
        names[others] = ""
        chosen[others] = True  # they count as unknown faces from here
    shrunk = table.stored_wh / np.maximum(table.image_wh, 1)
    sides = ((table.box[:, 2:] - table.box[:, :2]) * shrunk).min(axis=1)  # in the pictures that are exported
    weak = {
        f"below --min-size {selection.min_size}": sides < selection.min_size,
        f"below --min-quality {selection.min_quality:g}": table.quality < selection.min_quality,
    }
    for why, rows in weak.items():
        drop(rows, why)
    names[~chosen] = ""
    for rows in rows_by_person(names.tolist()).values() if selection.dedupe else ():
        drop(_but(rows[chosen[rows]], without_duplicates(table, rows[chosen[rows]]), len(table)), "near-duplicates")
    for rows in rows_by_person(names.tolist()).values() if selection.max_per_person else ():
        rows = rows[chosen[rows]]
        kept = rows[diverse(table.face[rows], table.quality[rows], selection.max_per_person)]
        drop(_but(rows, kept, len(table)), f"above --max-per-person {selection.max_per_person}")
    return Selected(tuple(names.tolist()), chosen, dict(+dropped))


def diverse(vectors: np.ndarray, quality: np.ndarray, count: int) -> np.ndarray:
    """Indices, int64, of `count` vectors that differ as much as possible, good ones preferred.

    Farthest-point selection (Gonzalez 1985, a 2-approximation of k-centre): first the best face, then always the one
    whose distance to the chosen ones, times its quality, is largest; so an outlier must be a good picture to be taken.
    """
    count = min(count, len(vectors))
    if not count:
        return np.zeros(0, np.int64)
    picked = [int(quality.argmax())]
    distance = np.full(len(vectors), np.inf)
    while len(picked) < count:
        distance = np.minimum(distance, np.linalg.norm(vectors - vectors[picked[-1]], axis=1))
        gain = distance * quality
        gain[picked] = -1
        picked.append(int(gain.argmax()))
    return np.array(picked, np.int64)


def _but(rows: np.ndarray, kept: np.ndarray, count: int) -> np.ndarray:
    """bool (count,): `rows` without `kept`."""
    out = np.zeros(count, bool)
    out[rows] = True
    out[kept] = False
    return out
