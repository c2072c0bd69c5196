"""Market-1501: bounding_box_train/, query/ and bounding_box_test/ with <id>_c<camera>s<sequence>_<frame>_<number>.jpg.

As torchreid and FastReID read it (Zheng and others 2015): id of 4 digits, camera and sequence are our source and shot
within it. A picture is the whole body below a face, as far as it is in the picture, 64 x 128. People of train are in
bounding_box_train; of the others one picture a person and camera is a query, and the rest is to be found. people.txt
says who is who.
"""

from collections import defaultdict

import numpy as np

from facepipe.annotated import AnnotatedFrame
from facepipe.errors import UsageError
from facepipe.export.exporter import Exporter, Label
from facepipe.geometry import body_box, clip_box, crop_padded, head_box
from facepipe.lazy import cv2

SIZE_WH = (64, 128)


class MarketExporter(Exporter):
    """See the module. UsageError: more people, cameras or shots than the names have digits for."""

    unit = "crop"

    def open(self) -> None:
        if len(self.classes) > 9999:
            raise UsageError(f"{len(self.classes):,} people: names of market have four digits; choose with --person")
        self._cameras: dict[str, int] = {}
        self._shots: dict[str, dict[int, int]] = defaultdict(dict)
        self._asked: set[tuple[int, int]] = set()

    def add(self, frame: AnnotatedFrame) -> None:
        labels = self.labels(frame)
        camera = self._cameras.setdefault(frame.source, len(self._cameras) + 1)
        shots = self._shots[frame.source]
        shot = shots.setdefault(frame.shot, len(shots) + 1)
        at = f"c{camera}s{shot}_{frame.index:06d}"
        names = [
            f"{self._folder(frame, label, camera)}/{label.number + 1:04d}_{at}_{place:02d}.jpg"
            for place, label in enumerate(labels)
        ]
        self.write(frame, names, lambda image: [_body(image, label) for label in labels])

    def _folder(self, frame: AnnotatedFrame, label: Label, camera: int) -> str:
        if frame.split == "train":
            return "bounding_box_train"
        if (label.number, camera) not in self._asked:
            self._asked.add((label.number, camera))
            return "query"
        return "bounding_box_test"

    def close(self) -> None:
        self.target.text("people.txt", "".join(f"{k:04d} {name}\n" for k, name in enumerate(self.classes, 1)))


def _body(image: np.ndarray, label: Label) -> np.ndarray:
    """The body as far as the picture shows it, half as wide as high, so that nobody is stretched."""
    size_wh = (image.shape[1], image.shape[0])
    left, top, right, _ = head_box(label.face.stored_ltrb)
    _, top, _, bottom = clip_box(body_box(label.face.stored_ltrb), size_wh)
    middle, half = (left + right) // 2, max(1, (bottom - top) // 4)
    patch, _ = crop_padded(image, (middle - half, top, middle + half, bottom))
    return cv2.resize(patch, SIZE_WH, interpolation=cv2.INTER_AREA)
