"""One shard a frame: its checkpoint. A frame whose shard is there is done and is not encoded again.

A shard is made of builtins: the frame, its faces with their embeddings, and the digest of the settings that made it, so
that a stale shard cannot mix in. It is a file of its own, a pickle, or one of many in a segment.
"""

import math
import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from facepipe.errors import HostileFileError, StoreError
from facepipe.files.removal import remove
from facepipe.geometry import Size, box_size, clip_box
from facepipe.records import CLOTH_SIZE, Face, Frame, FrameRef, Source, source_of
from facepipe.runs import pickles
from facepipe.runs.segments import segments_in
from facepipe.settings import AUTO, FRAME

_FEW = 10_000  # frames that get a file of their own where nobody says
_DIGITS = 7  # of a frame's index in its id, or more
FORMAT = 1
SUFFIX = ".pickle"
MAX_PIXELS = 1 << 30  # no picture that was decoded is larger
MAX_BYTES = 64 << 20  # a frame with thousands of faces stays far below


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


class ShardFolder:
    """The shards of one run, in `folder`, all made with the settings of `digest`.

    way: how frames are stored from now on, one of `settings.SHARDS`; both are read. A frame that has a file of its own
    is read from there.
    """

    def __init__(self, folder: Path, digest: str, way: str = AUTO) -> None:
        self.folder, self.digest, self.way = folder, digest, way
        self._segments = segments_in(folder.absolute())
        self._segments.refresh()
        self._files = -1  # how many shards have a file of their own, once somebody asked

    def path(self, frame_id: str) -> Path:
        return self.folder / f"{frame_id}{SUFFIX}"

    def write(self, frame: Frame) -> None:
        """Write the frame's shard: whole or not at all."""
        shard = frame_to_builtins(frame, self.digest)
        if self._has_own_file():
            pickles.write(self.path(frame.frame_id), shard)
        else:
            self._segments.append(frame.frame_id, shard)

    def _has_own_file(self) -> bool:
        if self.way == AUTO:
            self._files = sum(1 for _ in self._own_files()) if self._files < 0 else self._files + 1
        return self.way == FRAME or (self.way == AUTO and self._files < _FEW)

    def replace(self, frame: Frame) -> None:
        """Write the frame's shard in place of the one there is, of which nothing stays."""
        shard = frame_to_builtins(frame, self.digest)
        if self.path(frame.frame_id).exists():
            pickles.write(self.path(frame.frame_id), shard)
        self._segments.replace(frame.frame_id, shard)

    def drop(self, source_ids: Collection[str]) -> None:
        """Remove the shards of some sources. StoreError: a file cannot be removed."""
        own = [entry.name for frame_id, entry in self._own_files() if source_of(frame_id) in source_ids]
        self._segments.drop(lambda frame_id: source_of(frame_id) in source_ids)
        remove(self.folder.parent, [f"{self.folder.name}/{name}" for name in own])

    def count_faces(self, ref: FrameRef) -> int | None:
        """How many faces the frame has; None where it has to be made. Errors as `read`."""
        frame = self.read(ref)
        return None if frame is None else len(frame.faces)

    def read(self, ref: FrameRef) -> Frame | None:
        """The stored frame, or None where it has to be made (again): no shard, or a damaged or stale one.

        Errors: HostileFileError, since somebody put that shard there.
        """
        try:
            return self._load(ref.frame_id, {ref.source.source_id: ref.source})
        except HostileFileError:
            raise
        except StoreError:
            return None

    def frames(self, sources: list[Source]) -> Iterator[Frame]:
        """Every stored frame of `sources`, in the order of `sources` and of time.

        Errors: StoreError (HostileFileError) names the first shard that cannot be used.
        """
        by_id = {source.source_id: source for source in sources}
        found: dict[str, list[str]] = {source_id: [] for source_id in by_id}
        for frame_id in sorted(self.ids(empty=True)):
            if source_of(frame_id) in found:
                found[source_of(frame_id)].append(frame_id)
        for frame_ids in found.values():
            for frame_id in frame_ids:  # the index in the id has leading zeros: their order is that of time
                frame = self._load(frame_id, by_id)
                if frame is not None:
                    yield frame

    def indices(self) -> Iterator[tuple[str, int]]:
        """The source's id and the frame's index of every shard, sorted by name."""
        for frame_id in sorted(self.ids(empty=True)):
            source_id, _, index = frame_id.rpartition("-")
            yield source_id, int(index)

    def ids(self, *, empty: bool = False) -> set[str]:
        """The frames that have a shard; empty: files too in which nothing stands, as after a power cut."""
        files = (frame_id for frame_id, entry in self._own_files() if empty or entry.stat().st_size)
        return {*files, *self._segments.ids()}

    def _own_files(self) -> Iterator[tuple[str, os.DirEntry[str]]]:
        """The files that hold the shard of one frame, each with the frame's id."""
        for entry in os.scandir(self.folder) if self.folder.is_dir() else ():
            frame_id = entry.name.removesuffix(SUFFIX)
            source_id, _, index = frame_id.rpartition("-")
            if len(frame_id) < len(entry.name) and source_id and len(index) >= _DIGITS and index.isdecimal():
                yield frame_id, entry

    def _load(self, frame_id: str, sources: dict[str, Source]) -> Frame | None:
        path = self.path(frame_id)
        if path.exists():
            return self._checked(pickles.read(path, MAX_BYTES), frame_id, sources, str(path))
        wrong = None
        for shard in self._segments.read(frame_id):
            try:
                return self._checked(shard, frame_id, sources, f"a shard of {frame_id} in {self.folder}")
            except StoreError as error:  # an older one may be whole
                wrong = wrong or error
        if wrong is not None:
            raise wrong
        return None

    def _checked(self, shard: Any, frame_id: str, sources: dict[str, Source], name: str) -> Frame:
        if not isinstance(shard, dict) or shard.get("format") != FORMAT or shard.get("digest") != self.digest:
            raise StoreError(f"{name} was made with other settings: run again, or delete it")
        frame = frame_from_builtins(shard, sources, name)
        if frame.frame_id != frame_id:
            raise StoreError(f"{name} holds frame {frame.frame_id}: delete it and run again")
        return frame
