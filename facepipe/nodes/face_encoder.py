"""Finds the faces of a frame and turns each into 128 numbers."""

from pathlib import Path

import numpy as np
from pyPiper import Node

from facepipe.faces.align import Aligner, face_chip
from facepipe.faces.detectors import DETECTORS, choose
from facepipe.faces.encoders import ENCODERS
from facepipe.faces.quality import face_quality
from facepipe.geometry import Box, box_size, clip_box, fit_within, scale_box
from facepipe.imaging.array_picture import ArrayPicture
from facepipe.media.shots import signature
from facepipe.records import Detection, Face, Frame
from facepipe.settings import DetectionSettings, EncodingSettings

# Of a cropped face, the square around its middle in which landmarks are looked for, as a share of the shorter side. On
# 64 photos cropped seven ways, from 10 % inside the face box to head and shoulders, the vector is within 0.4 of that
# of the uncropped photo in 99.6 % (.9: 98.9 %, 1: 98 %, .7: 96 %); 40 faces that others have cut are told apart alike.
CROPPED_SHARE = 0.8


class FaceEncoder(Node):
    """Frame in, the same frame with its faces out.

    Detection sees a shrunken picture; landmarks, chips and vectors are taken from the full one, which is
    decoded only when there is a face. The detector, aligner and encoder are a worker's own.
    With `detection.cropped` a photo is one face as large as itself, and is not searched.
    """

    def setup(
        self,
        detection: DetectionSettings = DetectionSettings(),
        encoding: EncodingSettings = EncodingSettings(),
        models_dir: Path | None = None,
    ) -> None:
        self.detection, self.encoding, self.models_dir = detection, encoding, models_dir
        self._detector = None

    def open_worker(self) -> None:
        settings = self.detection
        detector = DETECTORS.load(choose(settings.detector, self.models_dir))
        self._detector = detector(settings.upsample, settings.min_confidence, self.models_dir)
        self._aligner = Aligner(self.models_dir)
        self._encoder = ENCODERS.load(self.encoding.encoder)(self.models_dir)

    def run(self, data: Frame) -> None:
        self.emit(self.encode(data))

    def encode(self, frame: Frame) -> Frame:
        """`frame` with its faces, left to right, and its signature; its picture is the full one if it has any."""
        if self._detector is None:
            self.open_worker()
        found = self._detect(frame)
        frame = frame.with_(signature=signature(frame.picture))
        if found and (span := self.detection.faces_per_frame) and not span[0] <= len(found) <= span[1]:
            return frame.with_(skipped=f"{len(found)} faces, wanted {span[0]}-{span[1]}")
        if not found:
            return frame
        image = frame.picture.rgb()
        share = CROPPED_SHARE if self._is_cropped(frame) else 1.0
        marks = [self._aligner.landmarks(image, _central(detection.face_ltrb, share)) for detection in found]
        chips = np.stack([face_chip(image, points) for points in marks])
        vectors = self._encoder.encode(chips)
        faces = [
            Face(
                face_id=f"{frame.frame_id}-{k}",
                box_ltrb=_whole_box(detection),
                score=detection.score,
                quality=face_quality(chip, points, tuple(detection.face_ltrb)),
                detection_ltrb=detection.box_ltrb,
                detection_xy=detection.landmarks_xy,
                landmarks_xy=points,
                embedding=vector,
            )
            for k, (detection, points, chip, vector) in enumerate(zip(found, marks, chips, vectors, strict=True))
        ]
        return frame.with_(faces=tuple(faces), picture=ArrayPicture(image))

    def _is_cropped(self, frame: Frame) -> bool:
        return self.detection.cropped and not frame.ref.source.is_video

    def _detect(self, frame: Frame) -> list[Detection]:
        """What the detector finds, in source pixels, without faces that are too small or outside the picture."""
        width, height = frame.size_wh
        if self._is_cropped(frame):
            whole = np.array([0, 0, width, height], np.float32)
            return [Detection(whole, whole, 1.0)] if min(frame.size_wh) >= self.detection.min_face else []
        ratio = self.detection.resize_ratio
        size = fit_within(frame.size_wh, self.detection.max_size)
        if ratio is not None:
            size = max(1, round(width * ratio)), max(1, round(height * ratio))
        if frame.still is None:
            found = self._detector.detect(frame.picture.rgb(size))
        else:
            found = frame.still.detections(lambda picture: self._detector.detect(picture.rgb(size)))
        scaled = [_scaled(detection, width / size[0], height / size[1]) for detection in found]
        return sorted(
            (d for d in scaled if min(box_size(_visible_box(d, frame))) >= self.detection.min_face),
            key=lambda d: _visible_box(d, frame),
        )


def _central(box_ltrb: np.ndarray, share: float) -> np.ndarray:
    """The square around the middle of a box whose side is `share` of the shorter side; for 1, the box as it is."""
    if share == 1:
        return box_ltrb
    middle = (box_ltrb[:2] + box_ltrb[2:]) / 2
    half = share * (box_ltrb[2:] - box_ltrb[:2]).min() / 2
    return np.concatenate([middle - half, middle + half])


def _scaled(detection: Detection, factor_x: float, factor_y: float) -> Detection:
    both = np.array([factor_x, factor_y, factor_x, factor_y], np.float32)
    return Detection(
        box_ltrb=detection.box_ltrb * both,
        face_ltrb=detection.face_ltrb * both,
        score=detection.score,
        landmarks_xy=detection.landmarks_xy * both[:2],
    )


def _whole_box(detection: Detection) -> Box:
    return scale_box(tuple(detection.face_ltrb.tolist()), 1.0)


def _visible_box(detection: Detection, frame: Frame) -> Box:
    return clip_box(_whole_box(detection), frame.size_wh)
