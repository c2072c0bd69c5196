"""Faces that were forgotten: whatever finds them again, neither their embeddings nor their pixels reach the disk."""

from collections.abc import Collection, Iterator

import numpy as np

from facepipe.geometry import clip_box, scale_box
from facepipe.imaging.hide import hide
from facepipe.people.decisions import replay
from facepipe.people.log import read_log
from facepipe.records import EMPTY_LTRB, Face, Frame, FrameRef, frame_of, source_of
from facepipe.runs.folder import RunFolder


def forgotten_faces(folder: RunFolder) -> frozenset[str]:
    """The ids that a run's log of decisions forgets. StoreError: a damaged log."""
    return replay(read_log(folder)).forgotten


def frames_of(folder: RunFolder, faces: Collection[str]) -> Iterator[FrameRef]:
    """The frames in which `faces` stand by their ids, where the run has their input; their time is not known."""
    frame_ids = sorted(set(map(frame_of, faces)))
    sources = {source.source_id: source for source in folder.sources(ids=set(map(source_of, frame_ids)))}
    for frame_id in frame_ids:
        source_id, _, index = frame_id.rpartition("-")
        if source_id in sources and index.isdecimal():
            yield FrameRef(sources[source_id], int(index), 0.0)


def present(frame: Frame, forgotten: Collection[str]) -> set[str]:
    """Those of the faces that still have their places in `frame`."""
    return {face.face_id for face in frame.faces if face.face_id in forgotten and face.box_ltrb != EMPTY_LTRB}


def erased_faces(folder: RunFolder) -> frozenset[str]:
    """The ids of the places that are empty in a run's shards: whoever was there was forgotten. StoreError: a shard
    that cannot be used."""
    frames = folder.shards().frames(folder.sources())
    return frozenset(face.face_id for frame in frames for face in frame.faces if face.box_ltrb == EMPTY_LTRB)


def without(frame: Frame, image: np.ndarray, forgotten: Collection[str]) -> tuple[Frame, np.ndarray]:
    """`frame` and `image`, its picture in any size, without faces: their heads are grey, their places are empty.

    The others keep their ids, which come from their places in the frame; that is why empty places stay.
    """
    gone = present(frame, forgotten)
    if not gone:
        return frame, image
    factors = image.shape[1] / frame.size_wh[0], image.shape[0] / frame.size_wh[1]
    boxes = {
        face.face_id: scale_box(clip_box(face.box_ltrb, frame.size_wh), *factors)
        for face in frame.faces
        if face.box_ltrb != EMPTY_LTRB
    }
    image = hide(image, [boxes[face] for face in gone], [box for face, box in boxes.items() if face not in gone])
    places = (Face(face.face_id, EMPTY_LTRB, 0.0) if face.face_id in gone else face for face in frame.faces)
    return frame.with_(faces=tuple(places)), image
