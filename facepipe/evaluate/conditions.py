"""What divides the faces of a truth: who looks alike, and how large, turned, dark and blurred they are.

Faces that were missed are divided too, as far as it can be told: where the truth has a box for them, it stands for the
box that would have been found, and is looked at in the stored picture of the frame.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from facepipe.annotated import AnnotatedFrame, AnnotatedFrames
from facepipe.evaluate.groups import people_groups
from facepipe.evaluate.matching import Matching
from facepipe.evaluate.parts import Division
from facepipe.faces.quality import light_and_sharpness
from facepipe.geometry import Size, box_in, crop, visible_box
from facepipe.imaging.codec import read_rgb
from facepipe.looks import LIGHT_EDGES
from facepipe.pictures.crops import face_picture
from facepipe.runs.folder import RunFolder
from facepipe.settings import CORES
from facepipe.table import FaceTable

_JUDGED_WH: Size = (100, 100)  # a crop that is larger may be shrunk to this before it is judged


@dataclass(frozen=True, slots=True)
class Scale:
    """A measure cut into parts at `edges`, rising; a value on an edge belongs above it. names: of the parts."""

    title: str
    edges: tuple[float, ...]
    names: tuple[str, ...]

    def division(self, found: np.ndarray, missed: np.ndarray) -> Division:
        """Faces divided by their values, float (n,) and (m,); nan where one is not known."""
        names = tuple(f"{self.title} {name}" for name in self.names)
        of_missed = None if len(missed) and np.isnan(missed).all() else self._part(missed)
        return Division(names, f"{self.title} not known", self._part(found), of_missed)

    def _part(self, values: np.ndarray) -> np.ndarray:
        return np.where(np.isnan(values), -1, np.searchsorted(self.edges, values, side="right"))


# Width of the face box in pixels of the source.
SIZE = Scale("size", (24, 40, 80, 160), ("below 24 px", "24 to 40 px", "40 to 80 px", "80 to 160 px", "160 px on"))
# Degrees of yaw, to either side.
POSE = Scale("pose", (15, 40), ("frontal", "half turned", "turned away"))
# Mean grey level of the face box, 0..255.
LIGHT = Scale("light", LIGHT_EDGES, ("dark (below 40)", "dim (40 to 80)", "usual (80 to 160)", "bright (160 on)"))
# See `light_and_sharpness`.
SHARPNESS = Scale("sharpness", (0.06, 0.12), ("blurred (below .06)", "soft (.06 to .12)", "sharp (.12 on)"))
QUALITY = Scale("quality", (0.1, 0.5, 0.9), ("below .1", ".1 to .5", ".5 to .9", ".9 on"))


def divisions(folder: RunFolder, table: FaceTable, matching: Matching) -> list[Division]:
    """The divisions by looks, size, pose, light, sharpness and quality. StoreError: a picture cannot be read."""
    boxes = usual_boxes(table, matching)
    found, missed = _seen(folder, table, matching, boxes)
    nothing = np.full(len(boxes), np.nan)
    return [
        by_looks(table, matching),
        SIZE.division(width(table.box_ltrb), width(boxes)),
        POSE.division(np.abs(table.pose[:, 0]), nothing),
        LIGHT.division(found[:, 0], missed[:, 0]),
        SHARPNESS.division(found[:, 1], missed[:, 1]),
        QUALITY.division(table.quality, nothing),
    ]


def by_looks(table: FaceTable, matching: Matching) -> Division:
    """By groups of people who look alike to the run's encoder; of somebody who was never found none is known."""
    direction, _ = table.space.likeness.seen(table.embedding)
    group = np.append(people_groups(direction, matching.person), -1)  # of nobody
    missed = np.array([one.person if one.person < len(group) else -1 for one in matching.missed], np.int64)
    names = tuple(f"group {number}" for number in range(group.max() + 1))
    return Division(names, "never found", group[np.maximum(matching.person, -1)], group[missed], worst_first=True)


def usual_boxes(table: FaceTable, matching: Matching) -> np.ndarray:
    """The box that each missed face would have had, float64 (m, 4); nan where the truth has none.

    People draw boxes as they please, wider or higher than found ones are: a side is where it lies on average (median)
    beside that of the annotation, among the faces that were found.
    """
    missed = np.array([one.annotation_ltrb or (np.nan,) * 4 for one in matching.missed]).reshape(-1, 4)
    known = ~np.isnan(matching.annotation_ltrb[:, 0])
    annotated, found = matching.annotation_ltrb[known], table.box_ltrb[known]
    shift = np.median((found - annotated) / _extent(annotated), axis=0) if len(found) else np.zeros(4)
    return missed + shift * _extent(missed)


def frames_by_place(folder: RunFolder, table: FaceTable) -> dict[tuple[str, int], AnnotatedFrame]:
    """The frames that have a face, and therefore a stored picture, by source name and index."""
    return {(frame.source, frame.index): frame for frame in AnnotatedFrames(table, folder.layout.frames)}


def in_stored(box_ltrb: Sequence[float], frame: AnnotatedFrame) -> tuple[int, int, int, int]:
    """A box in pixels of the source as one in the stored picture of its frame."""
    return box_in(tuple(box_ltrb), frame.source_wh, frame.size_wh)


def _extent(boxes: np.ndarray) -> np.ndarray:
    """Width and height of boxes (n, 4), for each of their sides: (n, 4)."""
    return np.tile(boxes[:, 2:] - boxes[:, :2], 2)


def width(boxes: np.ndarray) -> np.ndarray:
    """The width of boxes (n, 4): float64 (n,)."""
    return (boxes[:, 2] - boxes[:, 0]).astype(np.float64)


def _seen(folder: RunFolder, table: FaceTable, matching: Matching, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Light and sharpness of found faces, float64 (n, 2), and of missed ones, of these boxes, float64 (m, 2); nan where
    it cannot be told, and for faces that are nobody of the truth."""
    rows = {table.face_id[row]: row for row in np.flatnonzero(matching.person >= 0).tolist()}
    lost: dict[tuple[str, int], list[int]] = {}
    for k in np.flatnonzero(~np.isnan(boxes[:, 0])).tolist():
        lost.setdefault((matching.missed[k].source, matching.missed[k].frame), []).append(k)
    found, missed = np.full((len(table), 2), np.nan), np.full((len(boxes), 2), np.nan)

    def look(frame: AnnotatedFrame) -> None:
        for face in frame.faces:
            if face.face_id in rows:
                picture = face_picture(folder.layout.people, frame, face, _JUDGED_WH)
                found[rows[face.face_id]] = light_and_sharpness(picture)
        if here := lost.get((frame.source, frame.index), ()):
            image = read_rgb(frame.image_path, frame.size_wh)
            for k in here:
                missed[k] = light_and_sharpness(crop(image, visible_box(in_stored(boxes[k], frame), frame.size_wh)))

    with ThreadPoolExecutor(CORES) as pool:
        list(pool.map(look, frames_by_place(folder, table).values()))
    return found, missed
