"""A plot: a bar a person, as wide as the person has faces."""

import cv2
import numpy as np

from facepipe.files.target import Target
from facepipe.pictures.plots.subject import Subject

_BAR, _FACE = 24, 8  # pixels: the height of a bar, its width a face


def write_counts(target: Target, subject: Subject) -> tuple[str, ...]:
    """How many faces everybody has"""
    target.data("outside-counts.png", lambda: _png(subject))
    return ()


def _png(subject: Subject) -> bytes:
    counts = np.bincount(subject.of[subject.of >= 0], minlength=len(subject.people))
    image = np.full((_BAR * max(1, len(counts)), _FACE * max(1, counts.max(initial=0)), 3), 255, np.uint8)
    for row, count in enumerate(counts.tolist()):
        image[row * _BAR + 2 : (row + 1) * _BAR - 2, : _FACE * count] = (200, 90, 40)
    return cv2.imencode(".png", image)[1].tobytes()
