"""Market-1501: bounding_box_train/, query/ and bounding_box_test/ with <id>_c<camera>s<sequence>_<frame>_<number>.jpg.

As torchreid and FastReID read it (Zheng and others 2015), which know ids up to 1501 and cameras 1 to 6, and leave out
of a search what is of the same person and camera as the query. So a camera is a view of somebody, that is a shot of a
video, or a photo, counted for each person; the sequence is that view's number in the whole. A picture is the whole
body below a face, as far as it is in the picture, 64 x 128. People of train are in bounding_box_train; of the others
the first view is to be found, and one picture of each further camera is a query. people.txt says who is who.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from facepipe.annotated import AnnotatedFrame
from facepipe.errors import UsageError
from facepipe.export.exporter import Exporter, Label
from facepipe.geometry import Box, body_box, clip_box, crop_padded, head_box
from facepipe.lazy import cv2
from facepipe.space import EmbeddingSpace

SIZE_WH = (64, 128)
_MOST_PEOPLE, _CAMERAS = 1501, 6

View = tuple[str, int]  # a source, and a shot


class MarketExporter(Exporter):
    """See the module. UsageError: more people than its readers know."""

    unit = "crop"
    of_people = True

    def open(self) -> None:
        if len(self.classes) > _MOST_PEOPLE:
            why = f"those who read market know {_MOST_PEOPLE:,}"
            raise UsageError(f"{len(self.classes):,} people: {why}; choose with --person")
        self._views: dict[View, int] = {}
        self._seen: dict[tuple[str, int], list[View]] = defaultdict(list)  # by folder of train or test, and person
        self._asked: set[tuple[int, int]] = set()  # by person and camera

    def narrowed(
        self, frames: Sequence[AnnotatedFrame], space: EmbeddingSpace
    ) -> tuple[Sequence[AnnotatedFrame], Counter[str]]:
        views: dict[int, set[View]] = defaultdict(set)
        for frame in frames:
            for label in self.labels(frame) if frame.split != "train" else ():
                views[label.number].add(_view(frame))
        if all(len(own) < 2 for own in views.values()):
            self.notes.append("no query: nobody is seen in two shots or photos outside of train (see --split)")
        return frames, Counter()

    def add(self, frame: AnnotatedFrame) -> None:
        labels = self.labels(frame)
        sequence = self._views.setdefault(_view(frame), len(self._views) + 1)
        names = []
        for place, label in enumerate(labels):
            folder, camera = self._place(frame, label)
            names.append(f"{folder}/{label.number + 1:04d}_c{camera}s{sequence}_{frame.index:06d}_{place:02d}.jpg")
        windows = [self.window(frame, label) for label in labels]
        self.write(frame, names, lambda image: [_body(image, window) for window in windows])

    def window(self, frame: AnnotatedFrame, label: Label) -> Box:
        """The body as far as the picture shows it, half as wide as high, so that nobody is stretched."""
        left, top, right, _ = head_box(label.face.stored_ltrb)
        _, top, _, bottom = clip_box(body_box(label.face.stored_ltrb), frame.size_wh)
        middle, half = (left + right) // 2, max(1, (bottom - top) // 4)
        return middle - half, top, middle + half, bottom

    def _place(self, frame: AnnotatedFrame, label: Label) -> tuple[str, int]:
        """The folder and the camera. Frames come view by view: so who is searched for is in the first one, and no query
        is of that camera."""
        folder = "bounding_box_train" if frame.split == "train" else "bounding_box_test"
        views = self._seen[folder, label.number]
        if _view(frame) not in views[-1:]:
            views.append(_view(frame))
        further = len(views) - 1
        camera = 2 + (further - 1) % (_CAMERAS - 1) if further else 1
        if frame.split == "train" or not further or (label.number, camera) in self._asked:
            return folder, camera
        self._asked.add((label.number, camera))
        return "query", camera

    def close(self) -> None:
        self.target.text("people.txt", "".join(f"{k:04d} {name}\n" for k, name in enumerate(self.classes, 1)))


def _view(frame: AnnotatedFrame) -> View:
    return frame.source, frame.shot


def _body(image: np.ndarray, window: Box) -> np.ndarray:
    patch, _ = crop_padded(image, window)
    return cv2.resize(patch, SIZE_WH, interpolation=cv2.INTER_AREA)
