"""Where labels go beside points: none on another, as few points under them as can be."""

import numpy as np

# The middles of the places that are tried, in halves of the label from the point: above first, then around it.
_AROUND = np.array([(0, 1), (1, 1), (-1, 1), (1, 0), (-1, 0), (0, -1), (1, -1), (-1, -1)], float)
_AWAY = (1.0, 1.6, 2.4)


class Labels:
    """Places that are taken, in pixels, y upwards.

    points: float (n, 2), which should stay visible. room: (left, bottom, right, top), inside which labels stay.
    """

    def __init__(self, points: np.ndarray, room: tuple[float, float, float, float]) -> None:
        self._points, self._room = points, room
        self._taken = np.zeros((0, 4))

    def place(
        self, at: np.ndarray, size_wh: tuple[float, float], gap: float, own: np.ndarray, most: float = _AWAY[-1]
    ) -> np.ndarray | None:
        """The middle of a free place for a label near `at`, float (2,), which is taken then; None where there is none.

        gap: between the point and the label. own: bool (n,), points that it had better cover than others. most: how
        far away it may be, in its own size.
        """
        half = np.array(size_wh) / 2
        weights = np.where(own, 0.2, 1.0)
        best, least = None, np.inf
        for rank, (away, step) in enumerate((away, step) for away in _AWAY if away <= most for step in _AROUND):
            middle = at + step * (half + gap) * away
            box = np.concatenate([middle - half, middle + half])
            if (box[:2] < self._room[:2]).any() or (box[2:] > self._room[2:]).any() or self._overlaps(box):
                continue
            covered = ((self._points > box[:2]) & (self._points < box[2:])).all(axis=1)
            if (cost := weights[covered].sum() + 0.1 * rank) < least:
                best, least = middle, cost
        if best is not None:
            self._taken = np.vstack([self._taken, [*(best - half), *(best + half)]])
        return best

    def _overlaps(self, box: np.ndarray) -> bool:
        taken = self._taken
        return bool(((box[:2] < taken[:, 2:]) & (box[2:] > taken[:, :2])).all(axis=1).any())
