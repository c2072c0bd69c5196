"""Aligned faces: <split>/<person>/<face_id>.png, aligned.csv, and pairs.txt to test a recogniser with.

112 pixels are cut as InsightFace cuts them for ArcFace, 256, 512 and 1024 as Flickr-Faces-HQ was cut (Karras, Laine,
Aila 2019: by the eyes and the mouth). aligned.csv says of each where its pixel (x, y) lies in the input, with --quality
stored in the run's stored frame, at (a x + b y + c, d x + e y + f). A line of pairs.txt is "file file 1" for one
person, "file file 0" for two people; there are as many of each.
"""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, islice, product
from typing import Any, ClassVar

import numpy as np

from facepipe.annotated import AnnotatedFace, AnnotatedFrame
from facepipe.errors import UsageError
from facepipe.export.exporter import Exporter, Label
from facepipe.faces.chip import Placed, box_around, cut, placed
from facepipe.faces.encoders.file import TEMPLATE_SIDE, TEMPLATE_XY
from facepipe.geometry import Box
from facepipe.options import Options, option
from facepipe.space import EmbeddingSpace

SIZES = (TEMPLATE_SIDE, 256, 512, 1024)
_MOST_PAIRS = 3_000  # of one person; LFW has as many
_PER_PERSON = 20


@dataclass(frozen=True, slots=True)
class AlignedOptions(Options):
    """Options of this format."""

    size: int = option(TEMPLATE_SIDE, f"side of an aligned face: {', '.join(map(str, SIZES))}", metavar="PX", low=1)

    def check(self) -> None:
        if self.size not in SIZES:
            raise UsageError(f"--size {self.size}: choose one of {', '.join(map(str, SIZES))}")


class AlignedExporter(Exporter):
    """See the module. Faces whose detector gives no eyes and mouth are left out of the larger sizes."""

    unit = "crop"
    of_people = True
    Own = AlignedOptions
    usual: ClassVar[dict[str, Any]] = {"quality": "source"}
    pictures = ("png", "jpeg")

    def open(self) -> None:
        self._rows: list[tuple[str, str, Placed]] = []

    def narrowed(
        self, frames: Sequence[AnnotatedFrame], space: EmbeddingSpace
    ) -> tuple[list[AnnotatedFrame], Counter[str]]:
        every = super().labels
        lost = sum(self._place(label.face) is None for frame in frames for label in every(frame))
        why = f"whose eyes and mouth the detector does not tell: --size {TEMPLATE_SIDE} does without, yunet tells"
        return list(frames), Counter({why: lost} if lost else {})

    def labels(self, frame: AnnotatedFrame) -> list[Label]:
        return [label for label in super().labels(frame) if self._place(label.face) is not None]

    def add(self, frame: AnnotatedFrame) -> None:
        labels, size = self.labels(frame), self.own.size
        places = [self._place(label.face) for label in labels]
        names = [f"{frame.split}/{label.name}/{label.face.face_id}{self.suffix}" for label in labels]
        self._rows += list(zip(names, (label.name for label in labels), places, strict=True))
        self.write(frame, names, lambda image: [cut(image, place, size) for place in places])

    def window(self, frame: AnnotatedFrame, label: Label) -> Box:
        return box_around(self._place(label.face), self.own.size)

    def close(self) -> None:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["file", *"abcdef"])
        for name, _, place in self._rows:
            writer.writerow([name, *(f"{value:.6g}" for value in place.matrix.reshape(-1))])
        self.target.text("aligned.csv", text.getvalue())
        self.target.text("pairs.txt", "".join(f"{a}\t{b}\t{same}\n" for a, b, same in self._pairs()))

    def _pairs(self) -> list[tuple[str, str, int]]:
        """Pairs of the faces that are not for training; of all, where there are none."""
        held = [row for row in self._rows if not row[0].startswith("train/")] or self._rows
        by_person: dict[str, list[str]] = {}
        for name, person, _ in held:
            by_person.setdefault(person, []).append(name)
        same = [(a, b, 1) for names in by_person.values() for a, b in islice(combinations(names, 2), _PER_PERSON)]
        couples = combinations(by_person.values(), 2)
        other = [(a, b, 0) for one, two in couples for a, b in islice(product(one, two), _PER_PERSON)]
        count = min(len(same), len(other), _MOST_PAIRS)
        return [*_spread(same, count), *_spread(other, count)]

    def _place(self, face: AnnotatedFace) -> Placed | None:
        if self.own.size == TEMPLATE_SIDE:
            return None if np.isnan(face.landmarks_xy).any() else placed(face.landmarks_xy, TEMPLATE_XY)
        return None if np.isnan(face.points_xy).any() else ffhq_place(face.points_xy, self.own.size)


def _spread(pairs: list[tuple[str, str, int]], count: int) -> list[tuple[str, str, int]]:
    """So many of the pairs, spread evenly over all."""
    return [pairs[k] for k in np.linspace(0, len(pairs) - 1, count).astype(int)]


def ffhq_place(points_xy: np.ndarray, side: int) -> Placed:
    """Where Flickr-Faces-HQ's square of a face lies: eye, eye, nose, mouth, mouth, (5, 2)."""
    left, right, _, *mouth = np.asarray(points_xy, np.float64) @ (1, 1j)
    eyes, down = (left + right) / 2, sum(mouth) / 2 - (left + right) / 2
    across = (right - left) + down * -1j  # the line of the eyes, and of the face turned by a quarter, together
    half = across / max(abs(across), 1e-6) * max(abs(right - left) * 2.0, abs(down) * 1.8, 1.0)
    centre = eyes + down * 0.1
    turn = half * 2 / side
    return Placed(complex(turn), complex(centre - half * (1 + 1j) + turn * (0.5 + 0.5j)))
