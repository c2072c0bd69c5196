"""A frame with its named faces: the one record from which crops, montages and annotations are made."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from facepipe.files.names import natural_key, person_folder
from facepipe.geometry import Box, Size, box_in
from facepipe.table import FaceTable, rows_by


@dataclass(frozen=True, slots=True)
class AnnotatedFace:
    """A face with its person: a folder name (see names.safe_name), "" when unknown.

    box_ltrb: the dlib-shaped box in the source; stored_ltrb: the same in the stored picture. track: -1 when it has
    none. embedding: float32 (d,). points_xy, landmarks_xy: as in FaceTable, float32 (5, 2), in the stored picture.
    chosen: False for a face that is not exported for its own sake (a near-duplicate, say); where its frame is shown
    for another face, it is still labelled, because it is there.
    """

    face_id: str
    stored_ltrb: Box
    box_ltrb: Box
    person: str
    quality: float
    score: float
    track: int
    embedding: np.ndarray = field(compare=False, repr=False)
    points_xy: np.ndarray = field(compare=False, repr=False)
    landmarks_xy: np.ndarray = field(compare=False, repr=False)
    chosen: bool = True


@dataclass(frozen=True, slots=True)
class AnnotatedFrame:
    """A sampled frame that has faces.

    index: frame number in the source. split: "train", "val" or "test". frames_dir: where the stored JPEG is, of
    size_wh; source_wh: size of the source, larger where the JPEG was shrunk.
    """

    frame_id: str
    source: str
    index: int
    time_s: float
    shot: int
    split: str
    frames_dir: Path
    size_wh: Size
    source_wh: Size
    faces: tuple[AnnotatedFace, ...]

    @property
    def image_path(self) -> Path:
        """The stored JPEG."""
        return self.frames_dir / f"{self.frame_id}.jpg"


def annotated_frames(
    table: FaceTable,
    frames_dir: Path,
    splits: Sequence[str] | None = None,
    chosen: Sequence[bool] | None = None,
) -> list[AnnotatedFrame]:
    """The frames of a table, in its order.

    splits: "train", "val" or "test" for each face, the same for all
    of a frame (default: all "train"). chosen: see AnnotatedFace (default: all). Pictures are expected at
    frames_dir/<frame_id>.jpg. Ids are file names by contract and taken as they are; a Target refuses those that leave
    its folder.
    """
    boxes, sizes, stored = table.box_ltrb.tolist(), table.image_wh.tolist(), table.stored_wh.tolist()
    quality, score, track = table.quality.tolist(), table.score.tolist(), table.track.tolist()
    shrunk = (table.stored_wh / np.maximum(table.image_wh, 1))[:, None]
    points, landmarks = table.points_xy * shrunk, table.landmarks_xy * shrunk
    frames = []
    for frame_id, rows in rows_by(table.frame_id).items():
        members = rows.tolist()
        first = members[0]
        faces = tuple(
            AnnotatedFace(
                table.face_id[row],
                box_in(boxes[row], sizes[row], stored[row]),
                tuple(boxes[row]),
                person_folder(table.person[row]) if table.person[row] else "",
                quality[row],
                score[row],
                track[row],
                table.embedding[row],
                points[row],
                landmarks[row],
                bool(chosen[row]) if chosen is not None else True,
            )
            for row in members
        )
        frames.append(
            AnnotatedFrame(
                frame_id,
                table.source[first],
                int(table.frame_index[first]),
                float(table.time_s[first]),
                int(table.shot[first]),
                splits[first] if splits is not None else "train",
                frames_dir,
                tuple(stored[first]),
                tuple(sizes[first]),
                faces,
            )
        )
    return frames


def person_names(frames: Sequence[AnnotatedFrame]) -> list[str]:
    """Everybody who is not unknown, in natural order."""
    return sorted({face.person for frame in frames for face in frame.faces if face.person}, key=natural_key)


def faces_of(frames: Sequence[AnnotatedFrame]) -> dict[str, list[tuple[AnnotatedFrame, AnnotatedFace]]]:
    """The faces of every person in natural order, "" (unknown) last; each person's best faces first."""
    found: dict[str, list[tuple[AnnotatedFrame, AnnotatedFace]]] = {}
    for frame in frames:
        for face in frame.faces:
            found.setdefault(face.person, []).append((frame, face))
    order = sorted(found, key=lambda person: (person == "", natural_key(person)))
    return {person: sorted(found[person], key=lambda item: (-item[1].quality, item[1].face_id)) for person in order}
