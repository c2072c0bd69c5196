"""Labeled Faces in the Wild: lfw/<name>/<name>_0001.jpg, 250 x 250, and train.txt, val.txt, test.txt.

http://vis-www.cs.umass.edu/lfw/README.txt: a picture is the face detector's square grown 2.2 times, black outside the
source, scaled to 250 x 250; blanks in names become underscores. LFW's lists of pairs are made for verification between
strangers and are not written; a list of a split names its pictures.
"""

from collections import Counter

import numpy as np

from facepipe.annotated import AnnotatedFrame
from facepipe.errors import UsageError
from facepipe.export.exporter import Exporter, Label
from facepipe.export.split import SPLITS
from facepipe.files.removal import folded
from facepipe.geometry import Box, crop_padded, expand_box
from facepipe.lazy import cv2

SIZE = 250
_GROWTH = (2.2 - 1) / 2  # on each side


class LfwExporter(Exporter):
    """See the module. UsageError when two names are one after the blanks are gone, or for boxes of another kind."""

    unit = "crop"
    of_people = True

    def open(self) -> None:
        if self.options.boxes != "face":
            raise UsageError(f"--boxes {self.options.boxes}: lfw cuts its pictures in one way only; leave --boxes out")
        folders = Counter(folded(_folder(name)) for name in self.classes)
        twice = [name for name in self.classes if folders[folded(_folder(name))] > 1]
        if twice:
            raise UsageError(f"{' and '.join(map(repr, twice))} are one name in lfw: rename one of them")
        self._pictures: dict[str, list[str]] = {split: [] for split in SPLITS}
        self._count: Counter[str] = Counter()

    def add(self, frame: AnnotatedFrame) -> None:
        labels, names = self.labels(frame), []
        for label in labels:
            folder = _folder(label.name)
            self._count[folder] += 1
            names.append(f"{folder}/{folder}_{self._count[folder]:04d}.jpg")
        self._pictures[frame.split] += names
        windows = [self.window(frame, label) for label in labels]
        paths = [f"lfw/{name}" for name in names]
        self.write(frame, paths, lambda image: [lfw_picture(image, window) for window in windows])

    def window(self, frame: AnnotatedFrame, label: Label) -> Box:
        return expand_box(label.face.stored_ltrb, _GROWTH, _GROWTH, _GROWTH, _GROWTH)

    def close(self) -> None:
        for split, pictures in self._pictures.items():
            if pictures:
                self.target.text(f"{split}.txt", "".join(f"{name}\n" for name in pictures))


def lfw_picture(image: np.ndarray, window: Box) -> np.ndarray:
    """The 250 x 250 picture of a part of `image`."""
    patch, _ = crop_padded(image, window)
    shrinks = patch.shape[0] > SIZE
    return cv2.resize(patch, (SIZE, SIZE), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def _folder(name: str) -> str:
    return name.replace(" ", "_")
