"""A frame as builtins, which is what a shard holds, and back: what is read is checked here, however it was stored."""

import math
from typing import Any

import numpy as np

from facepipe.errors import StoreError
from facepipe.geometry import Size, box_size, clip_box
from facepipe.records import CLOTH_SIZE, Face, Frame, FrameRef, Source
from facepipe.runs import pickles

FORMAT = 1
MAX_PIXELS = 1 << 30  # no picture that was decoded is larger


def frame_to_builtins(frame: Frame, digest: str) -> dict[str, Any]:
    """What a shard holds."""
    return {
        "format": FORMAT,
        "digest": digest,
        "source_id": frame.ref.source.source_id,
        "index": frame.ref.index,
        "time_s": float(frame.ref.time_s),
        "size_wh": list(frame.size_wh),
        "signature": pickles.pack(frame.signature),
        "skipped": frame.skipped,
        "taken": frame.taken,
        "pixels": frame.pixels,
        "faces": [_face_to_builtins(face) for face in frame.faces],
    }


def _face_to_builtins(face: Face) -> dict[str, Any]:
    return {
        "face_id": face.face_id,
        "box": [int(v) for v in face.box_ltrb],
        "score": float(face.score),
        "quality": float(face.quality),
        "eyes": float(face.eyes),
        "light": _or_none(face.light),
        "sharpness": _or_none(face.sharpness),
        "detection": pickles.pack(face.detection_ltrb),
        "detection_xy": pickles.pack(face.detection_xy),
        "landmarks": pickles.pack(face.landmarks_xy),
        "embedding": pickles.pack(face.embedding),
        "cloth": None if face.cloth is None else pickles.pack(face.cloth),
        "cloth_visibility": float(face.cloth_visibility),
    }


def frame_from_builtins(shard: Any, sources: dict[str, Source], name: str = "shard") -> Frame:
    """Inverse of `frame_to_builtins`; `sources` by their id. StoreError, naming the shard, if it is not one."""
    try:
        ref = FrameRef(sources[shard["source_id"]], int(shard["index"]), _finite(shard["time_s"]))
        width, height = (int(v) for v in shard["size_wh"])
        if not 0 < width * height <= MAX_PIXELS:
            raise StoreError(f"a picture of {width}x{height}")
        return Frame(
            ref=ref,
            size_wh=(width, height),
            picture=None,
            faces=_faces_from_builtins(shard["faces"], ref.frame_id, (width, height)),
            signature=pickles.unpack(shard["signature"], np.uint8, None),
            skipped=str(shard["skipped"]),
            taken=str(shard.get("taken", "")),  # earlier shards have neither
            pixels=str(shard.get("pixels", "")),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, StoreError) as error:
        raise StoreError(f"{name} is not a shard of this run ({error}): delete it and run again") from error


def _faces_from_builtins(faces: list[dict[str, Any]], frame_id: str, size_wh: Size) -> tuple[Face, ...]:
    """Faces are called after their places in the frame; a node between ours may have left some of them out."""
    found: list[Face] = []
    last = -1
    for face in faces:
        whose, _, place = str(face["face_id"]).rpartition("-")
        if whose != frame_id or not place.isdecimal() or place != str(int(place)) or int(place) <= last:
            raise StoreError(f"face {face['face_id']!r} after {last + 1} places of {frame_id}")
        last = int(place)
        found.append(_face_from_builtins(face, f"{frame_id}-{last}", size_wh))
    return tuple(found)


def _face_from_builtins(face: dict[str, Any], face_id: str, size_wh: Size) -> Face:
    left, top, right, bottom = (int(v) for v in face["box"])
    if min(box_size(clip_box((left, top, right, bottom), size_wh))) < 1 or right - left > 4 * max(size_wh):
        raise StoreError(f"face {face_id} lies outside its picture")
    return Face(
        face_id=face_id,
        box_ltrb=(left, top, right, bottom),
        score=_finite(face["score"]),
        quality=_finite(face["quality"]),
        eyes=_finite(face.get("eyes", 0.0)),  # earlier shards have none of these three
        light=_or_nan(face.get("light")),
        sharpness=_or_nan(face.get("sharpness")),
        detection_ltrb=pickles.unpack(face["detection"], np.float32, 4),
        detection_xy=pickles.unpack(face["detection_xy"], np.float32, None, 2),
        landmarks_xy=pickles.unpack(face["landmarks"], np.float32, 5, 2),
        embedding=pickles.unpack(face["embedding"], np.float32, None),
        cloth=None if face["cloth"] is None else pickles.unpack(face["cloth"], np.float32, CLOTH_SIZE),
        cloth_visibility=_finite(face["cloth_visibility"]),
    )


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise StoreError(f"a number in it is {value}")
    return float(value)


def _or_none(value: float) -> float | None:
    """A measure for a shard: None where it is nan, not known."""
    return None if math.isnan(value) else float(value)


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else _finite(value)
