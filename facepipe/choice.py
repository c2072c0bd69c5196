"""Which faces of a person to look at first: good ones that differ."""

import numpy as np

from facepipe.table import FaceTable

OPEN = 0.3  # eyes that look open enough (see faces.eyes)
_SHUT = 0.4  # what a picture with shut eyes is worth of one with open ones
_MOST = 200  # faces of a person among which is chosen, so that it does not take long where there are thousands
_GOOD = 0.75  # a picture that is shown beside the best one is worth at least so much of it, if there are any


def diverse(embeddings: np.ndarray, quality: np.ndarray, count: int, apart: float = 0.0) -> np.ndarray:
    """Indices, int64, of `count` embeddings that differ as much as possible, good ones preferred.

    They may be any vectors whose distance says how much two faces differ. apart: none is taken that is nearer than
    this to one that was; there may be fewer than `count` then.

    Farthest-point selection (Gonzalez 1985, a 2-approximation of k-centre): first the best face, then always the one
    whose distance to the chosen ones, times its quality, is largest; so an outlier must be a good picture to be taken.
    """
    count = min(count, len(embeddings))
    if not count:
        return np.zeros(0, np.int64)
    picked = [int(quality.argmax())]
    distance = np.full(len(embeddings), np.inf)
    while len(picked) < count:
        distance = np.minimum(distance, np.linalg.norm(embeddings - embeddings[picked[-1]], axis=1))
        gain = distance * quality
        gain[picked] = -1
        gain[distance < apart] = -1
        if gain.max() < 0:
            break
        picked.append(int(gain.argmax()))
    return np.array(picked, np.int64)


def appeal(table: FaceTable) -> np.ndarray:
    """How well each face shows somebody: its quality, less where the eyes look shut. float32 (n,)."""
    seen = np.where(table.eyes > 0, np.clip(table.eyes / OPEN, 0, 1), 1)
    return (table.quality * (_SHUT + (1 - _SHUT) * seen)).astype(np.float32)


def to_show(table: FaceTable, rows: np.ndarray, count: int, worth: np.ndarray | None = None) -> np.ndarray:
    """Up to `count` of `rows`, faces of one person: the best first, then good ones that differ from those before.

    worth: `appeal` of the whole table, where it is at hand.
    """
    worth = appeal(table) if worth is None else worth
    best = rows[np.argsort(-worth[rows], kind="stable")][: max(_MOST, count)]
    good = best[worth[best] >= _GOOD * worth[best[:1]]]
    good = good if len(good) >= count else best[:count]
    return good[diverse(table.embedding[good], worth[good], count)]
