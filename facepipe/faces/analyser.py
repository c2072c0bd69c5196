"""From a frame to its faces: found, aligned, judged, encoded."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from facepipe.faces.align import Aligner, face_chip
from facepipe.faces.quality import face_quality
from facepipe.faces.search_size import search_size
from facepipe.faces.turned import SIDES, turned_box, turned_detection, turned_points, turned_size, upright_turn
from facepipe.geometry import Box, Size, box_size, clip_box, expand_box, fit_within, scale_box
from facepipe.imaging.array_picture import ArrayPicture
from facepipe.imaging.signature import signature
from facepipe.records import Detection, Face, Frame
from facepipe.settings import DetectionSettings, EncodingSettings

# Of a cropped face, the square around its middle in which landmarks are looked for, as a share of the shorter side. On
# 64 photos cropped seven ways, from 10 % inside the face box to head and shoulders, the embedding is within 0.4 of that
# of the uncropped photo in 99.6 % (.9: 98.9 %, 1: 98 %, .7: 96 %); 40 faces that others have cut are told apart alike.
CROPPED_SHARE = 0.8

SIDES_WH = (700, 500)  # what a photo is shrunk to when it is tried on its sides: who holds it so sees large faces
AROUND = 1.0  # box sides around a face that lies on its side which are turned with it: landmarks need no more


class FaceAnalyser:
    """Finds and encodes the faces of frames. It belongs to one thread.

    Detection sees a shrunken picture (see `search_size`); landmarks, chips and embeddings are taken from the full one,
    which is decoded only when there is a face.
    With `detection.cropped` a photo is one face as large as itself, and is not searched.
    """

    def __init__(
        self,
        detection: DetectionSettings | None = None,
        encoding: EncodingSettings | None = None,
        models_dir: Path | None = None,
    ) -> None:
        """ModelError: a model is not installed, or not right. UsageError: a plug-in lacks a package."""
        self._settings = detection or DetectionSettings()
        self._detector = self._settings.detector.open(models_dir)
        self._aligner = Aligner(models_dir)
        embedder = (encoding or EncodingSettings()).encoder.resolved(models_dir, None)
        self._chip, self._encoder = type(embedder).chip, embedder.open(models_dir)
        self._likeness = embedder.space.likeness

    def analyse(self, frame: Frame) -> Frame:
        """`frame` with its faces, left to right, and its signature; its picture is the full one if it has any."""
        found, turn = self._detect(frame)
        frame = frame.with_(signature=signature(frame.picture))
        if found and (span := self._settings.faces_per_frame) and not span[0] <= len(found) <= span[1]:
            return frame.with_(skipped=f"{len(found)} faces, wanted {span[0]}-{span[1]}")
        if not found:
            return frame
        image = frame.picture.rgb()
        share = CROPPED_SHARE if self._is_cropped(frame) else 1.0
        marks = [self._landmarks(image, detection, share, turn) for detection in found]
        upright = [face_chip(image, points) for points in marks]
        chips = upright if self._chip is face_chip else [self._chip(image, points) for points in marks]
        quality = [
            face_quality(chip, points, tuple(detection.box_ltrb))
            for chip, points, detection in zip(upright, marks, found, strict=True)
        ]
        encode = self._encoder.encode if self._likeness.keeps_length else self._encoder.outputs
        embeddings, quality = self._likeness.stored(encode(np.stack(chips)), np.array(quality))
        faces = [
            Face(
                face_id=f"{frame.frame_id}-{k}",
                box_ltrb=_whole_box(detection),
                score=detection.score,
                quality=float(usable),
                detection_ltrb=detection.detection_ltrb,
                detection_xy=detection.landmarks_xy,
                landmarks_xy=points,
                embedding=embedding,
            )
            for k, (detection, points, usable, embedding) in enumerate(
                zip(found, marks, quality, embeddings, strict=True)
            )
        ]
        return frame.with_(faces=tuple(faces), picture=ArrayPicture(image))

    def _is_cropped(self, frame: Frame) -> bool:
        return self._settings.cropped and not frame.ref.source.is_video

    def _landmarks(self, image: np.ndarray, detection: Detection, share: float, turn: int) -> np.ndarray:
        """dlib's landmarks of a face, float32 (5, 2), in `image`; they are looked for where it stands upright.

        turn: of the picture, where the detector does not tell how the face lies.
        """
        box_ltrb, turn = _central(detection.box_ltrb, share), upright_turn(detection, turn)
        if not turn:
            return self._aligner.landmarks(image, box_ltrb)
        around = expand_box(scale_box(tuple(box_ltrb.tolist()), 1.0), *[AROUND] * 4)
        left, top, right, bottom = clip_box(around, (image.shape[1], image.shape[0]))
        corner, size_wh = np.array([left, top], np.float32), (right - left, bottom - top)
        upright = np.rot90(image[top:bottom, left:right], turn)
        box = turned_box(box_ltrb - np.tile(corner, 2), turn, size_wh)
        points = self._aligner.landmarks(upright, tuple(box.tolist()))
        return turned_points(points, -turn, turned_size(size_wh, turn)) + corner

    def _detect(self, frame: Frame) -> tuple[list[Detection], int]:
        """What the detector finds, in source pixels, without faces that are too small or outside the picture, and the
        turn of the picture in which it was found: a photo without a sure face is tried on its sides too."""
        if self._is_cropped(frame):
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
        detection_ltrb=detection.detection_ltrb * both,
        box_ltrb=detection.box_ltrb * both,
        score=detection.score,
        landmarks_xy=detection.landmarks_xy * both[:2],
    )


def _whole_box(detection: Detection) -> Box:
    return scale_box(tuple(detection.box_ltrb.tolist()), 1.0)


def _visible_box(detection: Detection, frame: Frame) -> Box:
    return clip_box(_whole_box(detection), frame.size_wh)
