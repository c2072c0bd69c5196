"""Whether anything of a forgotten person is left in the folder of a run: looked for on the disk, in every file.

Everything is searched that is not a picture of ours: the vectors as bytes, the ids of the faces, the name. Pictures are
compared by their content with the person's crops and with the frames as they were, but for ours of others in people/
and frames/, whose names say what they show. Two things are the person's no more and stay: the empty places in the
shards, and the ids in the log of decisions, without which a later run would bring the faces back.
"""

import json
import os
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from facepipe.errors import StoreError
from facepipe.files.atomic import TEMPORARY_PREFIX
from facepipe.files.hashing import sha256_of
from facepipe.files.listing import entries_of
from facepipe.files.paths import folder_and_name
from facepipe.files.removal import remove
from facepipe.records import frame_of
from facepipe.review.called import Called, texts_in
from facepipe.review.needles import Faces, Vectors
from facepipe.review.traces import Traces, frames_with
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import (
    CUTS,
    DECISIONS,
    FILES,
    FRAMES,
    MONTAGE,
    PEOPLE,
    RUN,
    SHARDS,
    crop_file,
    face_and_cut,
    frame_file,
)
from facepipe.runs.state_file import INPUTS_NAME

_BLOCK = 1 << 20  # bytes of a file that are searched at once; for more, the system is asked for memory each time
_OVERLAP = 1 << 16  # ... of which so many come again with the next: more than a vector, a path or a name takes
_BETWEEN = b"\n", b'"', b" ", b","  # behind which a file may be cut, best first: much JSON is one line
_LOG = re.compile(re.escape(DECISIONS).replace(r"\.", r"(-\d+)?\."))  # those too that other settings left behind
_PICTURES, _DATA = (".jpg", ".png"), (".npz", ".pickle", ".parquet", ".digests")


def left_of(folder: RunFolder, traces: Traces, as_left: Collection[str] = ()) -> list[str]:
    """Where something of a forgotten person is left, a line each; nothing where all is gone. What a killed process left
    half written goes. StoreError: a file that cannot be looked into, or removed.

    as_left: folders in people/ that were just seen to hold what the run has put there, of others, and nothing else.
    """
    search = _Search(folder, traces, as_left)
    left = [f"frame {frame.frame_id} still has the face in its shard" for frame in frames_with(folder, traces.faces)]
    try:
        found = sorted(search.below())
    except OSError as error:
        raise StoreError(f"cannot look into {error.filename}: {error.strerror or error}") from error
    remove(folder.path, search.half_written)
    return [*left, *(f"{folder.path / name} {what}" for name, what in found)]


class _Search:
    """Looks at one file after the other for what `traces` says.

    half_written: what a killed process left, as far as it was met.
    """

    def __init__(self, folder: RunFolder, traces: Traces, as_left: Collection[str]) -> None:
        self._owned, self._traces, self._as_left = folder.files, traces, as_left
        self.half_written: list[str] = []
        self._sizes = {size for size, _ in traces.pictures}
        self._called = Called(folder, traces.name)
        self._folder = folder
        self._crops = {crop_file(face, cut) for face in traces.faces for cut in CUTS}
        self._faces, self._vectors = Faces(traces.faces), Vectors(traces.vectors)

    def below(self, folder: str = "") -> Iterator[tuple[str, str]]:
        """Every file from a folder down that has to do with the person, with its path, and what it has; links too, but
        not what lies behind them, and folders that are empty."""
        start, found = f"{folder}/" if folder else "", dict[str, str]()
        folders, half_written = list[str](), list[str]()
        with entries_of(self._folder.path / folder) as listed:
            entries = {entry.name: entry for entry in listed}
            for name in self._to_look_into(folder, entries):
                entry, path = entries[name], f"{start}{name}"
                if entry.is_dir(follow_symlinks=False):
                    folders.append(name)
                elif name.startswith(TEMPORARY_PREFIX):
                    half_written.append(name)
                elif what := self._in_content(path, entry, self._is_ours(folder, name)):
                    found[path] = what
        self.half_written += [f"{start}{name}" for name in half_written]
        odd = {*folders, *half_written}
        found |= self._in_names(folder, [name for name in entries if name not in odd] if odd else entries)
        if folder and not entries:
            above, name = folder_and_name(folder)
            found |= self._in_names(above, [name])
        yield from found.items()
        for name in folders:
            yield from self.below(f"{start}{name}")

    def _to_look_into(self, folder: str, names: Mapping[str, os.DirEntry[str]]) -> Collection[str]:
        """Those in a folder of which more is asked than the name: all, but for the pictures of others in people/ and
        frames/, where nearly all files are, since their names say what they show, and `as_left`."""
        if folder == FRAMES:
            frames = self._folder.shards().ids(empty=True).difference(map(frame_of, self._traces.faces))
            return names.keys() - {frame_file(frame_id) for frame_id in frames}
        if folder == PEOPLE:
            return [name for name in names if name not in self._as_left or self._called.may_be_in(name)]
        if folder.startswith(f"{PEOPLE}/"):
            return (names.keys() - self._owned.folders.get(folder, {}).keys()) | (names.keys() & self._crops)
        return [*names]

    def _is_ours(self, folder: str, name: str) -> bool:
        return folder.partition("/")[0] in (FRAMES, SHARDS) or name in self._owned.folders.get(folder, {})

    def _in_names(self, folder: str, names: Collection[str]) -> dict[str, str]:
        """What the names of some files in a folder have to do with the person, by path: all are seen at a glance."""
        named = self._called.may_be_in(folder) or self._called.may_be_in("/".join(names))
        if not named and self._crops.isdisjoint(names):
            return {}
        paths = [f"{folder}/{name}" if folder else name for name in names]
        return {path: what for path in paths if (what := self._in_name(path))}

    def _in_name(self, name: str) -> str:
        parts = name.split("/")
        if face_and_cut(parts[-1])[0] in self._traces.faces:
            return "is a picture of a face that was forgotten"
        if not self._called.may_be_in(name):
            return ""  # as of nearly all
        if self._called.is_common and parts[0] not in (PEOPLE, MONTAGE):
            return ""
        ours = name in self._owned or parts[0] in (FRAMES, SHARDS)
        for part in (*parts, parts[-1].rpartition(".")[0]):
            if part in self._called.words:
                return f"is called {self._traces.name}"
            if not ours and self._called.is_meant(part, ours=False):
                return f"has {self._traces.name} in its name"
        return ""

    def _in_content(self, name: str, entry: os.DirEntry[str], ours: bool) -> str:
        if not entry.is_file(follow_symlinks=False):
            return ""
        size, path = entry.stat().st_size, f"{self._folder.path}/{name}"
        if size in self._sizes and (size, sha256_of(path)) in self._traces.pictures:
            return "is a picture in which a face is seen that was forgotten"
        if ours and name.endswith(_PICTURES):
            return ""
        is_log = bool(_LOG.fullmatch(name))
        ours = ours or name in (RUN, FILES) or is_log
        for data in [_lasting(Path(path).read_bytes())] if name == RUN else _blocks(path, size):
            if self._vectors.are_in(data):
                return "holds the vector of a face that was forgotten"
            if name.startswith(f"{SHARDS}/") or INPUTS_NAME.fullmatch(name):
                continue  # names there are those of inputs
            if not is_log and self._faces.are_in(data):
                return "speaks of a face that was forgotten"
            if (ours and name.endswith(_DATA)) or not self._called.may_be_in(data):
                continue
            if self._called.is_meant(data.decode("utf-8", "replace"), ours=ours):
                return f"speaks of {self._traces.name}"
        return ""


def _blocks(path: str, size: int) -> Iterator[bytes]:
    """What a file holds, a part at a time, each with the end of the one before it, so that nothing is missed where it
    is cut; that is between two lines where it can be, or two texts, so that no half of a word, path or letter stands
    alone. size: of the file, in bytes."""
    step = min(_BLOCK, size + 1)  # most files are small, and many
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 -- a Path takes as long to make as the file to read
        data, more = b"", file.read(step)
        if more and len(more) < step:
            yield more
            return
        while more:
            data, more = data + more, file.read(step)
            end = _cut(data, len(data)) if more else len(data)
            yield data[:end]
            data = data[_cut(data, end - _OVERLAP) :]


def _cut(data: bytes, most: int) -> int:
    """Behind the last line that is whole before `most`, else the last quotation mark, or blank or comma; `most` where
    nothing of that is near."""
    for mark in _BETWEEN:
        if place := data.rfind(mark, max(0, most - _OVERLAP), max(0, most)) + 1:
            return place
    return max(0, most)


def _lasting(state: bytes) -> bytes:
    """The texts in run.json, a line each, but for where inputs lie and exports went, and whom it is about to forget."""
    passing = ("forgetting", "inputs", "settings", "exports")
    lasting = {key: value for key, value in json.loads(state).items() if key not in passing}
    return "\n".join(texts_in(lasting)).encode("utf-8", "surrogatepass")
