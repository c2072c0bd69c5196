"""Which faces look alike: the nearest people, and how doubtful a face is."""

from collections.abc import Iterable, Sequence

import numpy as np

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
        return 1 - self._directions(rows) @ self._of(sorted(self._labels.rows.get(name, ())))

    def _directions(self, rows: Sequence[int]) -> np.ndarray:
        """Of faces, float32 (n, d)."""
        table = self._labels.table
        return table.space.likeness.seen(table.vectors(np.asarray(rows, np.int64)))[0]

    def _of(self, rows: Sequence[int]) -> np.ndarray:
        """The direction of the mean of faces, float32 (d,)."""
        mean = self._directions(rows).sum(0)
        return mean / max(float(np.linalg.norm(mean)), 1e-9)

    def _gather(self) -> None:
        """Means of everybody, those made anew whose faces have changed."""
        if self._names:
            return
        rows = self._labels.rows
        for name in [name for name in self._mean if name not in rows]:
            del self._mean[name]
        for name, own in rows.items():
            if name and name not in self._mean:
                self._mean[name] = self._of(list(own))
        self._names = list(self._mean)
        self._means = np.stack(list(self._mean.values())) if self._mean else self._means[:0]

    def _seen_in(self, name: str, frames: set[str]) -> bool:
        frame_id = self._labels.table.frame_id
        return any(frame_id[row] in frames for row in self._labels.rows[name])
