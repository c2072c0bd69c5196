"""Many shards in one file, a segment: plain arrays that need no unpickling, each frame read by itself.

A segment is a row of records that only grows. A record is `_HEAD`, the frame's id, the shard as JSON, in which arrays
stand by their places in what follows, and the bytes of these arrays. It is written at once and has a sum, so that what
a kill cut short is seen; there the segment ends. A full segment ends with an index, so that it need not be gone through
to know what is in it. Whoever begins to write begins a segment of his own: several processes may store into one folder.
"""

import json
import os
import re
import secrets
import struct
import threading
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from facepipe.errors import StoreError
from facepipe.files.atomic import append_bytes, atomic_open
from facepipe.files.hashing import State

FRAMES = 500  # of a segment
_SIZE = 16 << 20  # bytes from which on another one is begun
_NAME = re.compile(r"[0-9a-f]{16}\.segment")
_HEAD = struct.Struct("<4sHIII")  # magic, bytes of the id, of the JSON, of the arrays, CRC-32 of these three
_MAGIC = b"fps1"
_ID = re.compile(rb"[A-Za-z0-9_.-]{1,100}")
_INDEX = re.compile(rb"(?:%b [1-9]\d{0,8}\n)+" % _ID.pattern)  # a line a record: the frame's id, and the record's bytes
_FOOT = struct.Struct("<II4s")  # behind an index: its bytes, their CRC-32, magic
_FOOT_MAGIC = b"fpsi"
_NONE: Mapping[str, bytes] = {}
_MOST = 64 << 20  # bytes of a record; a frame with thousands of faces stays far below


_Place: TypeAlias = tuple[str, int, int]  # where a record lies: the name of its segment, where it begins, its bytes


class Segments:
    """The segments of one folder. May be used from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.RLock()
        self._places: dict[str, list[_Place]] = {}  # by frame id, the latest last
        self._within: dict[str, list[str]] = {}  # of each segment: the frames that have a place there
        self._read: dict[str, tuple[State, int]] = {}  # of each segment: its number and size, and how far it is known
        self._own, self._size = "", 0  # the segment that grows here
        self._held: list[tuple[str, int]] = []  # and of each of its records the frame and the bytes

    def refresh(self) -> None:
        """Look for what was written meanwhile: at all of a segment that is another one than it was, not just longer."""
        with self._lock:
            there = _segments(self._folder)
            other = {name for name, (state, at) in self._read.items() if not _goes_on(there.get(name), state, at)}
            for name in other:
                for one in {*self._within.pop(name, ())}:
                    own = [place for place in self._places.pop(one) if place[0] != name]
                    if own:
                        self._places[one] = own
                del self._read[name]
            for name, state in sorted(there.items()):
                before, at = self._read.get(name, (None, 0))
                if before != state:
                    self._take_in(name, state, at)

    def _take_in(self, name: str, state: State, at: int) -> None:
        """Note the records of a segment from `at` on; one that begins otherwise is not ours."""
        with (self._folder / name).open("rb") as file:
            if file.read(len(_MAGIC)) not in (_MAGIC, b""):
                return
            records, end = ([] if at else _index_of(file, state[-1])), state[-1]
            if not records:
                file.seek(at)
                data = file.read(_SIZE + _MOST)  # more than any has
                records = [*_records(data)]
                whole = sum(size for _, size in records)
                end = at + (len(data) if _is_index(data[whole:]) else whole)
        for frame_id, size in records:
            self._note(frame_id, (name, at, size))
            at += size
        self._read[name] = state, end

    def _note(self, frame_id: str, place: _Place) -> None:
        self._places.setdefault(frame_id, []).append(place)
        self._within.setdefault(place[0], []).append(frame_id)

    def ids(self) -> list[str]:
        """The frames that are stored now, by whomever."""
        with self._lock:
            self.refresh()
            return list(self._places)

    def read(self, frame_id: str) -> Iterator[dict[str, Any]]:
        """What is stored of a frame, the latest first, where it is whole; of what others wrote that `refresh` saw.

        StoreError, at the end: something is, and none of it is whole.
        """
        with self._lock:
            places = self._places.get(frame_id, ())[::-1]
        wrong, whole = "", 0
        for place in places:
            try:
                yield _shard_in(self._bytes_at(place))
                whole += 1
            except (OSError, StoreError) as error:
                wrong = f"{self._folder / place[0]} is damaged where {frame_id} stands ({error})"
        if wrong and not whole:
            raise StoreError(f"{wrong}: delete it and run again")

    def append(self, frame_id: str, shard: dict[str, Any]) -> None:
        """Store a frame. StorageFull: it is not stored, and nothing else is touched."""
        data = _record(frame_id, shard)
        with self._lock:
            if not self._own:
                self._own, self._size, self._held = f"{secrets.token_hex(8)}.segment", 0, []
            path, self._own = self._folder / self._own, ""  # if it fails: whatever stands at its end then
            held = [*self._held, (frame_id, len(data))]
            full = len(held) >= FRAMES or self._size + len(data) >= _SIZE
            start = append_bytes(path, data + _index(held) if full else data, durable=False)
            self._note(frame_id, (path.name, start, len(data)))
            state = _state(path)
            self._read[path.name] = state, state[-1]
            self._own, self._size, self._held = "" if full else path.name, start + len(data), held

    def replace(self, shards: Mapping[str, dict[str, Any]]) -> None:
        """Store frames in place of what is stored of them, of which nothing stays; where nothing is, nothing is stored.

        Stopped on the way, `read` gives of each frame what was stored or what is. What a kill cut short goes from all
        segments: it may be of such a frame. No other process may have written since `refresh`, nor be writing.
        """
        with self._lock:
            segments = {one: {segment for segment, _, _ in self._places.get(one, ())} for one in shards}
            touched = self._cut_short().union(*segments.values())
            for segment, places in sorted(self._contents(touched).items()):
                kept = [(place, one) for place, one in places if one not in shards]
                # The segment that is written last takes it in: until then an old one is read.
                new = [one for one, own in segments.items() if own and max(own) == segment]
                self._rewrite(segment, kept, {one: _record(one, shards[one]) for one in new})
            if touched:
                self.refresh()

    def drop(self, unwanted: Callable[[str], bool]) -> None:
        """Remove what is stored of some frames. No other process may be writing."""
        with self._lock:
            self.refresh()
            cut_short = self._cut_short()
            for segment, places in self._contents(set(self._read)).items():
                kept = [(place, one) for place, one in places if not unwanted(one)]
                if len(kept) < len(places) or not kept or segment in cut_short:
                    self._rewrite(segment, kept)
            self.refresh()

    def _cut_short(self) -> set[str]:
        """The segments in which something follows the last record that is whole."""
        return {segment for segment, ((_, size), end) in self._read.items() if size > end}

    def _contents(self, segments: Collection[str]) -> dict[str, list[tuple[_Place, str]]]:
        """The records of some segments, in their order, each with its frame."""
        found = {segment: {*self._within.get(segment, ())} for segment in segments}
        return {
            segment: sorted((place, one) for one in frames for place in self._places[one] if place[0] == segment)
            for segment, frames in found.items()
        }

    def _rewrite(self, segment: str, kept: Sequence[tuple[_Place, str]], more: Mapping[str, bytes] = _NONE) -> None:
        """Write a segment anew of some of its records and of others; remove it where there are none."""
        self._own = ""  # it may be this one
        if not kept and not more:
            (self._folder / segment).unlink(missing_ok=True)
            return
        with atomic_open(self._folder / segment, "wb") as file:
            for place, _ in kept:
                file.write(self._bytes_at(place))
            for record in more.values():
                file.write(record)
            file.write(_index([*((one, size) for (_, _, size), one in kept), *((o, len(r)) for o, r in more.items())]))

    def _bytes_at(self, place: _Place) -> bytes:
        segment, start, size = place
        with (self._folder / segment).open("rb") as file:
            file.seek(start)
            return file.read(size)


@lru_cache(maxsize=8)
def segments_in(folder: Path) -> Segments:
    """The segments of a folder, as this process knows them: one object, since it takes long to look through many."""
    return Segments(folder)


def _segments(folder: Path) -> dict[str, State]:
    """The files in a folder that are segments by name."""
    return {path.name: _state(path) for path in map(Path, segment_paths(folder))}


def segment_paths(folder: Path) -> list[str]:
    """The same, sorted."""
    entries = os.scandir(folder) if folder.is_dir() else ()
    return sorted(
        entry.path for entry in entries if _NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
    )


def _state(path: Path) -> State:
    state = path.stat()
    return state.st_ino, state.st_size


def _goes_on(now: State | None, before: State, known: int) -> bool:
    """Whether a segment is the one that it was, and holds what is known of it. known: so many bytes."""
    return now is not None and now[0] == before[0] and now[1] >= known


def _records(data: bytes) -> Iterator[tuple[str, int]]:
    """The ids and sizes of the records in a part of a segment, up to the first that is cut short or none at all."""
    at = 0
    while at + _HEAD.size <= len(data):
        magic, *sizes, _ = _HEAD.unpack_from(data, at)
        size = _HEAD.size + sum(sizes)
        one = data[at + _HEAD.size : at + _HEAD.size + sizes[0]]
        if magic != _MAGIC or size > _MOST or at + size > len(data) or not _ID.fullmatch(one):
            return
        yield one.decode(), size
        at += size


def _index(records: Iterable[tuple[str, int]]) -> bytes:
    """The index of records, given by their frames and bytes."""
    text = "".join(f"{frame_id} {size}\n" for frame_id, size in records).encode()
    return text + _FOOT.pack(len(text), zlib.crc32(text), _FOOT_MAGIC)


def _is_index(data: bytes) -> bool:
    """Whether this is an index and nothing else."""
    text, foot = data[: -_FOOT.size], data[-_FOOT.size :]
    return foot == _FOOT.pack(len(text), zlib.crc32(text), _FOOT_MAGIC) and _INDEX.fullmatch(text) is not None


def _index_of(file: BinaryIO, size: int) -> list[tuple[str, int]]:
    """The records of a segment of so many bytes by the index at its end; none where there is no index, or another
    one than would be there."""
    file.seek(max(0, size - _FOOT.size))
    foot = file.read(_FOOT.size)
    if len(foot) < _FOOT.size or not foot.endswith(_FOOT_MAGIC):
        return []
    begins = size - _FOOT.size - _FOOT.unpack(foot)[0]
    file.seek(max(0, begins))
    data = file.read(_SIZE)
    if begins < 0 or not _is_index(data):
        return []
    words = data[: -_FOOT.size].decode().split()
    records = [*zip(words[::2], map(int, words[1::2]), strict=True)]
    fits = sum(size for _, size in records) == begins and max(size for _, size in records) <= _MOST
    return records if fits else []


def _record(frame_id: str, shard: dict[str, Any]) -> bytes:
    arrays: list[bytes] = []
    at = 0

    def place(data: bytes) -> list[int]:
        nonlocal at
        arrays.append(data)
        at += len(data)
        return [at - len(data), at]

    parts = [frame_id.encode(), json.dumps(shard, default=place, separators=(",", ":")).encode(), b"".join(arrays)]
    body = b"".join(parts)
    return _HEAD.pack(_MAGIC, *map(len, parts), zlib.crc32(body)) + body


def _shard_in(record: bytes) -> dict[str, Any]:
    """The shard of a whole record. StoreError: it is damaged."""
    try:
        _, *sizes, crc = _HEAD.unpack_from(record)
        body = record[_HEAD.size :]
        if len(body) != sum(sizes) or zlib.crc32(body) != crc:
            raise ValueError("its sum is another one")
        text, arrays = body[sizes[0] : sizes[0] + sizes[1]], body[sizes[0] + sizes[1] :]

        def filled(value: dict[str, Any]) -> dict[str, Any]:
            if "data" in value:
                start, end = value["data"]
                value["data"] = arrays[start:end]
            return value

        shard = json.loads(text, object_hook=filled)
    except (struct.error, ValueError, TypeError, RecursionError) as error:
        raise StoreError(f"a frame in it is damaged ({error})") from error
    return shard if isinstance(shard, dict) else {}
