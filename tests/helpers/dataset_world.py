"""A small made-up run for the dataset tests: frames in which every face box is painted in a colour of its own."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from facepipe.annotated import AnnotatedFrames, person_names
from facepipe.export.exporter import export
from facepipe.export.formats import EXPORTERS
from facepipe.export.options import ExportOptions
from facepipe.export.split import split_shots
from facepipe.files.target import Target
from facepipe.pictures.crops import write_crops
from facepipe.table import FaceTable

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


# Of a frontal face, in shares of its box: a detector's landmarks, and dlib's.
POINTS = np.array([(0.3, 0.35), (0.7, 0.35), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8)])
LANDMARKS = np.array([(0.8, 0.35), (0.65, 0.35), (0.2, 0.35), (0.35, 0.35), (0.5, 0.65)])


def in_boxes(shares: np.ndarray, spots: list[Spot]) -> np.ndarray:
    """Points (n, 5, 2) at these shares of the boxes."""
    boxes = np.array([spot.box for spot in spots], float).reshape(-1, 1, 4)
    return boxes[..., :2] + shares * (boxes[..., 2:] - boxes[..., :2])


def colour_of(face_id: str) -> tuple[int, int, int]:
    """A bright RGB colour that belongs to one face; the faces of a frame differ in blue."""
    red, green = hashlib.sha256(face_id.encode()).digest()[:2]
    return 130 + red % 120, green, 10 + 70 * (int(face_id[-1]) % 4)


@lru_cache(maxsize=8)
def _pictures(faces: tuple[tuple[str, str, tuple[int, int, int, int]], ...]) -> tuple[tuple[str, bytes], ...]:
    """The frames of these faces (frame, face, box), as JPEG: many tests paint the same ones."""
    pictures: dict[str, np.ndarray] = {}
    for frame_id, face_id, box in faces:
        if frame_id not in pictures:
            pictures[frame_id] = np.full((SIZE_WH[1], SIZE_WH[0], 3), BACKGROUND, np.uint8)
        left, top, right, bottom = np.clip(box, 0, [*SIZE_WH, *SIZE_WH])
        pictures[frame_id][top:bottom, left:right] = colour_of(face_id)
    return tuple(
        (frame_id, cv2.imencode(".jpg", picture[..., ::-1], _JPEG)[1].tobytes())
        for frame_id, picture in pictures.items()
    )


def make_run(out: Path, spots: list[Spot]) -> FaceTable:
    """Write out/frames and return the table of its faces."""
    spots = sorted(spots, key=lambda spot: (spot.source, spot.frame, spot.box))
    rng = np.random.default_rng(1)
    centres: dict[str, np.ndarray] = {}
    frame_ids, face_ids, embeddings = [], [], []
    for spot in spots:
        frame_id = f"{spot.source}-0123abcd-{spot.frame:07d}"
        face_id = f"{frame_id}-{frame_ids.count(frame_id)}"
        frame_ids.append(frame_id)
        face_ids.append(face_id)
        centre = centres.setdefault(spot.person, rng.normal(0, 0.1, 128))
        embeddings.append(centre + rng.normal(0, 0.02, 128))
    (out / "frames").mkdir(parents=True)
    for frame_id, data in _pictures(tuple(zip(frame_ids, face_ids, (spot.box for spot in spots), strict=True))):
        (out / "frames" / f"{frame_id}.jpg").write_bytes(data)
    n = len(spots)
    return FaceTable(
        face_id=tuple(face_ids),
        frame_id=tuple(frame_ids),
        source=tuple(spot.source for spot in spots),
        frame_index=np.array([spot.frame for spot in spots]),
        time_s=np.array([float(spot.frame) for spot in spots]),
        box_ltrb=np.array([spot.box for spot in spots]).reshape(n, 4),
        image_wh=np.tile(SIZE_WH, (n, 1)),
        stored_wh=np.tile(SIZE_WH, (n, 1)),
        score=np.full(n, 0.9),
        quality=np.array([spot.quality for spot in spots]),
        points_xy=in_boxes(POINTS, spots),
        landmarks_xy=in_boxes(LANDMARKS, spots),
        shot=np.array([spot.shot for spot in spots]),
        embedding=np.array(embeddings).reshape(n, 128),
        cloth=np.zeros((n, 128)),
        has_cloth=np.zeros(n, bool),
        track=np.array([spot.track for spot in spots]),
        person=tuple(spot.person for spot in spots),
    )


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


def export_run(out, name, spots=None, shares=(0.6, 0.2, 0.2), **options):
    """A made-up run and its export in one format, in out/<name>: the table and the export's target."""
    table = make_run(out, spots or talk_show())
    frames = AnnotatedFrames(table, out / "frames", split_shots(table, shares).names)
    if name == "links":  # they lead to crops
        write_crops(Target(out).folder("people"), frames)
    target = Target(out)
    sink = EXPORTERS.load(name)(target.folder(name), person_names(frames), ExportOptions(**options))
    export(sink, frames)
    return table, target


def painted_boxes(image: np.ndarray, face_ids: list[str]) -> dict[str, tuple[int, int, int, int]]:
    """Where the colour of each face lies in a picture: (left, top, right, bottom)."""
    boxes = {}
    for face_id in face_ids:
        ys, xs = np.nonzero(np.abs(image - np.array(colour_of(face_id))).max(axis=2) < 20)
        if len(xs) > 100:
            boxes[face_id] = (int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1)
    return boxes


def check_on_pixels(table, picture, labels, class_names):
    """Every label lies on the painted pixels of a face of its person, and every known face has a label."""
    image = cv2.imread(str(picture))[..., ::-1].astype(int)
    rows = [row for row, frame_id in enumerate(table.frame_id) if frame_id == picture.stem]
    painted = painted_boxes(image, [table.face_id[row] for row in rows if table.person[row]])
    assert len(labels) == len(painted) > 0
    person_of = dict(zip(table.face_id, table.person, strict=True))
    box_of = dict(zip(table.face_id, table.box_ltrb.tolist(), strict=True))
    for (number, box), (face_id, pixels) in zip(sorted(labels), sorted(painted.items()), strict=True):
        assert class_names[number] == person_of[face_id]
        assert box == pytest.approx(box_of[face_id], abs=0.01)
        assert pixels == pytest.approx(box, abs=2)  # JPEG blurs an edge
