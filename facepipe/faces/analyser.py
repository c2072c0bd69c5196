"""From a frame to its faces: found, aligned, judged, encoded."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from facepipe.faces.align import Aligner, face_chip
from facepipe.faces.eyes import eye_openness
from facepipe.faces.quality import face_quality, light_and_sharpness
from facepipe.faces.search import FaceSearch, whole_box
from facepipe.faces.turned import turned_box, turned_points, turned_size, upright_turn
from facepipe.geometry import clip_box, crop, expand_box, scale_box
from facepipe.imaging.array_picture import ArrayPicture
from facepipe.imaging.signature import pixels_digest, signature
from facepipe.records import Detection, Face, Frame
from facepipe.settings import DetectionSettings, EncodingSettings
from facepipe.words import counted

# Of a cropped face, the square around its middle in which landmarks are looked for, as a share of the shorter side. On
# 64 photos cropped seven ways, from 10 % inside the face box to head and shoulders, the embedding is within 0.4 of that
# of the uncropped photo in 99.6 % (.9: 98.9 %, 1: 98 %, .7: 96 %); 40 faces that others have cut are told apart alike.
CROPPED_SHARE = 0.8

AROUND = 1.0  # box sides around a face that lies on its side which are turned with it: landmarks need no more


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A face as its pixels show it, before it is encoded. chip: for the encoder, see `contracts.FaceEmbedder`. quality,
    eyes, light, sharpness: of its pixels; else as in `Face`."""

    detection: Detection
    landmarks_xy: np.ndarray
    chip: np.ndarray
    quality: float
    eyes: float
    light: float
    sharpness: float

    @property
    def side(self) -> float:
        """Of the dlib-shaped box, in source pixels."""
        left, _, right, _ = self.detection.box_ltrb.tolist()
        return right - left


class FaceAnalyser:
    """Finds and encodes the faces of frames. It belongs to one thread.

    Detection sees a shrunken picture (see `search`); landmarks, chips and embeddings are taken from the full one, which
    is decoded only when there is a face. With `detection.cropped` a photo is one face as large as itself.
    """

    def __init__(
        self,
        detection: DetectionSettings | None = None,
        encoding: EncodingSettings | None = None,
        models_dir: Path | None = None,
    ) -> None:
        """ModelError: a model is not installed, or not right. UsageError: a plug-in lacks a package."""
        self._settings = detection or DetectionSettings()
        self._search = FaceSearch(self._settings, models_dir)
        self._aligner = Aligner(models_dir)
        embedder = (encoding or EncodingSettings()).encoder.resolved(models_dir, None)
        self._chip, self._encoder = embedder.chip, embedder.open(models_dir)
        self._likeness = embedder.space.likeness

    def analyse(self, frame: Frame) -> Frame:
        """`frame` with its faces, left to right, its signature and, of a photo, its digest; its picture is the full one
        if it has any face."""
        found, turn = self._search.find(frame)
        pixels = "" if frame.ref.source.is_video else pixels_digest(frame.picture)
        frame = frame.with_(signature=signature(frame.picture), pixels=pixels)
        if found and (span := self._settings.faces_per_frame) and not span[0] <= len(found) <= span[1]:
            return frame.with_(skipped=f"{counted(len(found), 'face')}, wanted {span[0]}-{span[1]}")
        if not found:
            return frame
        image = frame.picture.rgb()
        looks = self._looks(frame, image, found, turn)
        faces = [
            Face(
                face_id=f"{frame.frame_id}-{k}",
                box_ltrb=whole_box(look.detection),
                score=look.detection.score,
                quality=float(usable),
                detection_ltrb=look.detection.detection_ltrb,
                detection_xy=look.detection.landmarks_xy,
                landmarks_xy=look.landmarks_xy,
                embedding=embedding,
                eyes=look.eyes,
                light=look.light,
                sharpness=look.sharpness,
            )
            for k, (look, embedding, usable) in enumerate(zip(looks, *self.encode(looks), strict=True))
        ]
        return frame.with_(faces=tuple(faces), picture=ArrayPicture(image))

    def looks(self, frame: Frame) -> list[Look]:
        """The faces of `frame`, left to right, before they are encoded."""
        found, turn = self._search.find(frame)
        return self._looks(frame, frame.picture.rgb(), found, turn) if found else []

    def search(self, frame: Frame) -> list[Detection]:
        """Where the faces of `frame` are, left to right."""
        return self._search.find(frame)[0]

    def look(self, image: np.ndarray, detection: Detection, share: float = 1.0, turn: int = 0) -> Look:
        """A face that was found in `image`, RGB uint8 (H, W, 3). share, turn: see `_landmarks`."""
        points = self._landmarks(image, detection, share, turn)
        upright = face_chip(image, points)
        chip = upright if self._chip is face_chip else self._chip(image, points)
        quality = face_quality(upright, points, tuple(detection.box_ltrb))
        seen = light_and_sharpness(crop(image, whole_box(detection)))
        return Look(detection, points, chip, quality, eye_openness(upright), *seen)

    def encode(self, looks: Sequence[Look]) -> tuple[np.ndarray, np.ndarray]:
        """Embeddings, float32 (n, d), and qualities, (n,), as they stand in a table."""
        return self._likeness.stored(self.outputs(looks), np.array([look.quality for look in looks]))

    def outputs(self, looks: Sequence[Look]) -> np.ndarray:
        """What the encoder gives, before its space says what that means: float32 (n, d)."""
        outputs = self._encoder.encode if self._likeness.keeps_length else self._encoder.outputs
        return outputs(np.stack([look.chip for look in looks]))

    def _looks(self, frame: Frame, image: np.ndarray, found: list[Detection], turn: int) -> list[Look]:
        share = CROPPED_SHARE if self._search.is_cropped(frame) else 1.0
        return [self.look(image, detection, share, turn) for detection in found]

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


def _central(box_ltrb: np.ndarray, share: float) -> np.ndarray:
    """The square around the middle of a box whose side is `share` of the shorter side; for 1, the box as it is."""
    if share == 1:
        return box_ltrb
    middle = (box_ltrb[:2] + box_ltrb[2:]) / 2
    half = share * (box_ltrb[2:] - box_ltrb[:2]).min() / 2
    return np.concatenate([middle - half, middle + half])
