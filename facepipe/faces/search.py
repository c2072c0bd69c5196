"""Where the faces of a frame are: detection in a shrunken picture, and on its sides."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from facepipe.faces.search_size import search_size
from facepipe.faces.turned import SIDES, turned_detection, turned_size
from facepipe.geometry import Box, Size, box_size, clip_box, fit_within, scale_box
from facepipe.records import Detection, Frame
from facepipe.settings import DetectionSettings

SIDES_WH = (700, 500)  # what a photo is shrunk to when it is tried on its sides: who holds it so sees large faces


class FaceSearch:
    """Finds the faces of frames. It belongs to one thread. ModelError, UsageError: as `FaceFinder.open`."""

    def __init__(self, settings: DetectionSettings, models_dir: Path | None = None) -> None:
        self._settings = settings
        self._detector = settings.detector.open(models_dir)

    def find(self, frame: Frame) -> tuple[list[Detection], int]:
        """What the detector finds, in source pixels, without faces that are too small or outside the picture, and the
        turn of the picture in which it was found: a photo without a sure face is tried on its sides too."""
        if self.is_cropped(frame):
            whole = np.array([0, 0, *frame.size_wh], np.float32)
            return ([Detection(whole, whole, 1.0)] if min(frame.size_wh) >= self._settings.min_face else []), 0
        size = search_size(frame.size_wh, frame.ref.source.is_video, self._settings)
        if frame.static is None:
            found = self._detector.detect(frame.picture.rgb(size))
        else:
            found = frame.static.detections(lambda picture: self._detector.detect(picture.rgb(size)))
        kept = self._kept(found, size, frame)
        sure = self._settings.detector.sure
        if frame.ref.source.is_video or self._settings.detail == "fast" or any(d.score >= sure for d in kept):
            return kept, 0
        looks = [(some, turn) for some, turn in self._looks_on_sides(frame) if any(d.score >= sure for d in some)]
        return max(looks, key=lambda look: sum(d.score for d in look[0]), default=(kept, 0))

    def _looks_on_sides(self, frame: Frame) -> Iterator[tuple[list[Detection], int]]:
        size = fit_within(frame.size_wh, SIDES_WH)
        picture = frame.picture.rgb(size)
        for turn in SIDES:
            found = self._detector.detect(np.ascontiguousarray(np.rot90(picture, turn)))
            back = [turned_detection(detection, -turn, turned_size(size, turn)) for detection in found]
            yield self._kept(back, size, frame), turn

    def _kept(self, found: list[Detection], size_wh: Size, frame: Frame) -> list[Detection]:
        """What was found in the picture shrunk to `size_wh`, in source pixels, left to right, if it is large enough."""
        (width, height), least = frame.size_wh, self._settings.min_face
        scaled = [_scaled(detection, width / size_wh[0], height / size_wh[1]) for detection in found]
        large = (d for d in scaled if min(box_size(_visible_box(d, frame))) >= least)
        return sorted(large, key=lambda d: _visible_box(d, frame))

    def is_cropped(self, frame: Frame) -> bool:
        """Whether the frame is one face as large as itself."""
        return self._settings.cropped and not frame.ref.source.is_video


def _scaled(detection: Detection, factor_x: float, factor_y: float) -> Detection:
    both = np.array([factor_x, factor_y, factor_x, factor_y], np.float32)
    return Detection(
        detection_ltrb=detection.detection_ltrb * both,
        box_ltrb=detection.box_ltrb * both,
        score=detection.score,
        landmarks_xy=detection.landmarks_xy * both[:2],
    )


def _visible_box(detection: Detection, frame: Frame) -> Box:
    return clip_box(whole_box(detection), frame.size_wh)


def whole_box(detection: Detection) -> Box:
    """The dlib-shaped box in whole pixels."""
    return scale_box(tuple(detection.box_ltrb.tolist()), 1.0)
