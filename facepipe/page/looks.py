"""Which faces look alike: the nearest people, and how doubtful a face is."""

from collections.abc import Collection, Iterable, Sequence

import numpy as np

from facepipe.cluster.blocks import blocks
from facepipe.page.labels import Labels


class Looks:
    """The mean of everybody's vectors; a change costs as much as it has faces."""

    def __init__(self, labels: Labels) -> None:
        self._labels = labels
        self._names: list[str] = []
        self._means = np.zeros((0, labels.table.embedding.shape[1]), np.float32)
        self._mean: dict[str, np.ndarray] = {}

    def changed(self, names: Iterable[str]) -> None:
        """Forget what is known of people whose faces have changed."""
        for name in names:
            self._mean.pop(name, None)
        self._names = []

    def nearest(self, rows: Sequence[int], most: int, without: Iterable[str] = ()) -> list[tuple[str, float]]:
        """The people whom faces look most like, with the cosine of the means, nearest first; nobody of `without`, and
        nobody who is seen in one frame with one of the faces."""
        self._gather()
        if not len(rows) or not self._names:
            return []
        alike = self._means @ self._of(rows)
        frames = {self._labels.table.frame_id[row] for row in rows}
        left_out, found = set(without), []
        for place in np.argsort(-alike, kind="stable").tolist():
            name = self._names[place]
            if name not in left_out and not self._seen_in(name, frames):
                found.append((name, float(alike[place])))
                if len(found) == most:
                    break
        return found

    def doubt(self, name: str, rows: Sequence[int]) -> np.ndarray:
        """How little faces of somebody look like the others, 0..2: one minus the cosine to their mean."""
        mean = self._of(sorted(self._labels.rows.get(name, ())))
        return 1 - np.concatenate([self._directions(rows[block]) @ mean for block in blocks(len(rows))])

    def _directions(self, rows: Sequence[int]) -> np.ndarray:
        """Of faces, float32 (n, d)."""
        table = self._labels.table
        return table.space.likeness.seen(table.vectors(np.asarray(rows, np.int64)))[0]

    def _of(self, rows: Sequence[int]) -> np.ndarray:
        """The direction of the mean of faces, float32 (d,)."""
        return _of_length_1(sum(self._directions(rows[block]).sum(0) for block in blocks(len(rows))))

    def _gather(self) -> None:
        """Means of everybody, those made anew whose faces have changed."""
        if self._names:
            return
        rows = self._labels.rows
        for name in [name for name in self._mean if name not in rows]:
            del self._mean[name]
        missing = [name for name in rows if name and name not in self._mean]
        self._mean |= zip(missing, _of_length_1(self._sums([rows[name] for name in missing])), strict=True)
        self._names = list(self._mean)
        self._means = np.stack(list(self._mean.values())) if self._mean else self._means[:0]

    def _sums(self, people: Sequence[Collection[int]]) -> np.ndarray:
        """Of the directions of everybody's faces, float32 (k, d); in the order of the table, which lies in a file."""
        of_row = np.full(len(self._labels.table), -1)
        for person, rows in enumerate(people):
            of_row[list(rows)] = person
        total = np.zeros((len(people), self._means.shape[1]), np.float32)
        for block in blocks(len(of_row)):
            inside = np.flatnonzero(of_row[block] >= 0)
            inside = inside[np.argsort(of_row[block][inside], kind="stable")]
            person, first = np.unique(of_row[block][inside], return_index=True)
            if len(person):
                total[person] += np.add.reduceat(self._directions(block.start + inside), first)
        return total

    def _seen_in(self, name: str, frames: set[str]) -> bool:
        frame_id = self._labels.table.frame_id
        return any(frame_id[row] in frames for row in self._labels.rows[name])


def _of_length_1(vectors: np.ndarray) -> np.ndarray:
    """Vectors (..., d) at length 1, or 0."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
