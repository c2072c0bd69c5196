"""A small made-up run for the dataset tests: frames in which every face box is painted in a colour of its own."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from facepipe.records import FaceTable

SIZE_WH = (320, 240)
# Without chroma subsampling the painted boxes keep their edges.
_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 98, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
BACKGROUND = (40, 90, 60)


@dataclass(frozen=True)
class Spot:
    """A face: source, frame index, box, person ("" unknown), shot, track, quality."""

    source: str
    frame: int
    box: tuple[int, int, int, int]
    person: str
    shot: int = 0
    track: int = 0
    quality: float = 0.5


def colour_of(face_id: str) -> tuple[int, int, int]:
    """A bright RGB colour that belongs to one face; the faces of a frame differ in blue."""
    red, green = hashlib.sha256(face_id.encode()).digest()[:2]
    return 130 + red % 120, green, 10 + 70 * (int(face_id[-1]) % 4)


def make_run(out: Path, spots: list[Spot]) -> tuple[FaceTable, tuple[str, ...]]:
    """Write out/frames and return the table and the people of its faces."""
    spots = sorted(spots, key=lambda spot: (spot.source, spot.frame, spot.box))
    rng = np.random.default_rng(1)
    centres: dict[str, np.ndarray] = {}
    frame_ids, face_ids, vectors = [], [], []
    pictures: dict[str, np.ndarray] = {}
    for spot in spots:
        frame_id = f"{spot.source}-0123abcd-{spot.frame:07d}"
        face_id = f"{frame_id}-{frame_ids.count(frame_id)}"
        picture = pictures.setdefault(frame_id, np.full((SIZE_WH[1], SIZE_WH[0], 3), BACKGROUND, np.uint8))
        left, top, right, bottom = np.clip(spot.box, 0, [*SIZE_WH, *SIZE_WH])
        picture[top:bottom, left:right] = colour_of(face_id)
        frame_ids.append(frame_id)
        face_ids.append(face_id)
        centre = centres.setdefault(spot.person, rng.normal(0, 0.1, 128))
        vectors.append(centre + rng.normal(0, 0.02, 128))
    (out / "frames").mkdir(parents=True)
    for frame_id, picture in pictures.items():
        cv2.imwrite(str(out / "frames" / f"{frame_id}.jpg"), picture[..., ::-1], _JPEG)
    n = len(spots)
    table = FaceTable(
        face_id=tuple(face_ids),
        frame_id=tuple(frame_ids),
        source=tuple(spot.source for spot in spots),
        frame=np.array([spot.frame for spot in spots]),
        time_s=np.array([float(spot.frame) for spot in spots]),
        box=np.array([spot.box for spot in spots]).reshape(n, 4),
        image_wh=np.tile(SIZE_WH, (n, 1)),
        score=np.full(n, 0.9),
        quality=np.array([spot.quality for spot in spots]),
        shot=np.array([spot.shot for spot in spots]),
        face=np.array(vectors).reshape(n, 128),
        cloth=np.zeros((n, 128)),
        has_cloth=np.zeros(n, bool),
        track=np.array([spot.track for spot in spots]),
    )
    return table, tuple(spot.person for spot in spots)


def talk_show(people: int = 3, shots: int = 6) -> list[Spot]:
    """Everybody in every shot of a clip, four frames a shot, and an unknown face in the last frame of each."""
    spots = []
    for shot in range(shots):
        for step in range(4):
            frame = 4 * shot + step
            for person in range(people):
                left = 16 + 96 * person + step
                box = (left, 60 + person, left + 48, 108 + person)
                quality = 0.3 + 0.1 * step + 0.01 * shot
                spots.append(Spot("show.mp4", frame, box, f"person_{person + 1:03}", shot, 10 * shot + person, quality))
        spots.append(Spot("show.mp4", 4 * shot + 3, (200, 170, 240, 210), "", shot, -1, 0.1))
    return spots
