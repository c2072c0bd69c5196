"""Probabilities that learn from the answers: one shift of the log odds a kind of question."""

from collections import defaultdict

import numpy as np

from facepipe.likeness import logistic

TRUST = 1.0  # standard deviation of the shift that is expected before any answer
CLEAR = 3.0  # log odds beyond which an answer says no more of the shift: a person who is two, not a wrong model
_LIKE = {"also": "merge"}  # it asks the same, of several people at once


class Calibration:
    """The shift of each kind of question, by maximum a posteriori with a Gaussian prior around 0, as Platt scaling with
    its slope left at 1."""

    def __init__(self) -> None:
        self._seen: dict[str, list[tuple[float, bool]]] = defaultdict(list)
        self._shift: dict[str, float] = {}

    def learn(self, kind: str, nats: float, happened: bool) -> None:
        """Take in what came of a question that was asked with those log odds."""
        kind = _LIKE.get(kind, kind)
        self._seen[kind].append((float(np.clip(nats, -CLEAR, CLEAR)), happened))
        self._shift.pop(kind, None)

    def probability(self, kind: str, nats: np.ndarray | float) -> np.ndarray:
        """Of log odds: float64, of the same shape."""
        return logistic(np.asarray(nats, np.float64) + self.shift(kind))

    def shift(self, kind: str) -> float:
        """By how much the log odds are moved."""
        kind = _LIKE.get(kind, kind)
        if kind not in self._shift:
            self._shift[kind] = _fit(self._seen[kind])
        return self._shift[kind]


def _fit(seen: list[tuple[float, bool]]) -> float:
    nats, happened = (np.array(column, np.float64) for column in zip(*seen, strict=True)) if seen else np.zeros((2, 0))
    shift = 0.0
    for _ in range(30):
        p = logistic(nats + shift)
        step = (np.sum(happened - p) - shift / TRUST**2) / (np.sum(p * (1 - p)) + 1 / TRUST**2)
        shift += float(np.clip(step, -1, 1))
    return shift
