"""One shard a frame: its checkpoint. A frame whose shard is there is done and is not encoded again.

A shard is made of builtins: the frame, its faces with their embeddings, and the digest of the settings that made it, so
that a stale shard cannot mix in. It is a file of its own, a pickle, or one of many in a segment.
"""

import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from facepipe.errors import HostileFileError, StoreError
from facepipe.files.listing import entries_of, is_filled
from facepipe.files.removal import remove
from facepipe.records import Frame, FrameRef, Source, source_of
from facepipe.runs import pickles
from facepipe.runs.segments import segments_in
from facepipe.runs.stored_frame import FORMAT, frame_from_builtins, frame_to_builtins
from facepipe.settings import AUTO, FRAME

_FEW = 10_000  # frames that get a file of their own where nobody says
_DIGITS = 7  # of a frame's index in its id, or more
SUFFIX = ".pickle"
MAX_BYTES = 64 << 20  # a frame with thousands of faces stays far below


class ShardFolder:
    """The shards of one run, in `folder`, all made with the settings of `digest`.

    way: how frames are stored from now on, one of `SHARD_WAYS`; both are read. A frame that has a file of its own is
    read from there.
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

    def replace(self, frames: Iterable[Frame]) -> None:
        """Write the frames' shards in place of those there are, of which nothing stays.

        Stopped on the way, `read` gives of each frame the old one, or the new one where nothing of the old is left.
        """
        shards = {frame.frame_id: frame_to_builtins(frame, self.digest) for frame in frames}
        self._segments.replace(shards)
        for frame_id, shard in shards.items():
            if self.path(frame_id).exists():
                pickles.write(self.path(frame_id), shard)

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
        files = (frame_id for frame_id, entry in self._own_files() if empty or is_filled(entry))
        return {*files, *self._segments.ids()}

    def _own_files(self) -> Iterator[tuple[str, os.DirEntry[str]]]:
        """The files that hold the shard of one frame, each with the frame's id."""
        with entries_of(self.folder) as entries:
            for entry in entries:
                frame_id = entry.name.removesuffix(SUFFIX)
                source_id, _, index = frame_id.rpartition("-")
                numbered = len(index) >= _DIGITS and index.isascii() and index.isdecimal()
                if len(frame_id) < len(entry.name) and source_id and numbered:
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
