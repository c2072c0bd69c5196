"""Whether anything of a forgotten person is left in the folder of a run: looked for on the disk, in every file.

Everything is searched that is not a picture of ours: the vectors as bytes, the ids of the faces, the name. Pictures,
ours too, are compared by their content with the person's crops and with the frames as they were. Two things are the
person's no more and stay: the empty places in the shards, and the ids in the log of decisions, without which a later
run would bring the faces back.
"""

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from facepipe.errors import StoreError
from facepipe.export.formats import EXPORTERS
from facepipe.export.split import SPLITS
from facepipe.files.hashing import sha256_of
from facepipe.files.listing import entries_of
from facepipe.files.names import with_digest
from facepipe.people.decisions import KINDS, Decision
from facepipe.pictures.plots import PLOTS
from facepipe.questions.question import KINDS as QUESTIONS
from facepipe.questions.question import Question, Tile
from facepipe.review.traces import FACE_ID, Traces, frames_with
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import DECISIONS, FILES, FOLDERS, FRAMES, MONTAGE, PEOPLE, RUN, SHARDS, face_and_cut
from facepipe.runs.state_file import INPUTS_NAME
from facepipe.table import columns

_FACE_ID = re.compile(FACE_ID.pattern.encode())
_FEW = 64  # vectors or faces that are looked for one after the other
_SHORT = 8  # bytes of a vector that are looked for first
_BLOCK = 1 << 24  # bytes of a file that are searched at once
_OVERLAP = 1 << 20  # ... of which so many come again with the next: more than a vector, a path or a name takes
_CHANCE = 5  # letters of a name that do not come up by chance in what is no text
_LOG = re.compile(re.escape(DECISIONS).replace(r"\.", r"(-\d+)?\."))  # those too that other settings left behind
_PICTURES, _DATA = (".jpg", ".png"), (".npz", ".pickle", ".parquet")
# Words that stand in our files as names do, whatever people are called.
_OWN_WORDS = frozenset(
    {*FOLDERS, *SPLITS, *EXPORTERS.names, *PLOTS.names, *(name for spec in columns() for name in spec.csv)}
    | set("run report decisions encodings face faces unknown nobody image images label labels name names".split())
    | set("class classes valid obj backup data".split())
    | {*KINDS, *QUESTIONS, *(spec.name for kind in (Decision, Question, Tile) for spec in fields(kind))}
)


def left_of(folder: RunFolder, traces: Traces) -> list[str]:
    """Where something of a forgotten person is left, a line each; nothing where all is gone. StoreError: a file that
    cannot be looked into."""
    search = _Search(folder, traces)
    left = [f"frame {frame.frame_id} still has the face in its shard" for frame in frames_with(folder, traces.faces)]
    try:
        found = sorted((name, what) for name, entry in _files(folder.path) if (what := search.look(name, entry)))
    except OSError as error:
        raise StoreError(f"cannot look into {error.filename}: {error.strerror or error}") from error
    return [*left, *(f"{folder.path / name} {what}" for name, what in found)]


def _files(root: Path, folder: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Every file below a folder, links too, and every folder in it that is empty; not what lies behind links. Each with
    its path below `root`, with slashes; it can be asked for its size until the next one is."""
    for entry in entries_of(root / folder):
        name = f"{folder}/{entry.name}" if folder else entry.name
        if not entry.is_dir(follow_symlinks=False):
            yield name, entry
            continue
        is_empty = True
        for inner in _files(root, name):
            is_empty = False
            yield inner
        if is_empty:
            yield name, entry


class _Search:
    """Looks at one file after the other for what `traces` says.

    In files of ours a name counts where a name stands (between quotes, tags, slashes, commas), in those of others
    wherever it stands as a word. The names and paths of inputs are left out: they are not what the person is called.
    """

    def __init__(self, folder: RunFolder, traces: Traces) -> None:
        self._owned, self._traces = folder.files, traces
        self._sizes = {size for size, _ in traces.pictures}
        name = traces.name
        self._common = name.casefold() in _OWN_WORDS
        self._words = {name, name.replace(" ", "_"), with_digest(name, name)}
        form = _any_of(kind(word) for word in self._words for kind in _WRITTEN)
        self._form, self._bytes = re.compile(form), re.compile(form.encode("utf-8", "surrogatepass"))
        self._free = re.compile(rf"(?<![^\W_])({form})(?![^\W_])")
        self._standing = re.compile(rf"(?:^|[\"'>/,;|=\t])\s?({form})(?=[\"'<./,;|\t]|$)", re.MULTILINE)
        self._folder = folder
        self._short = {int.from_bytes(vector[:_SHORT], "little") for vector in traces.vectors}
        self._begins = np.zeros(1 << 16, bool)  # what two bytes a vector begins with: seen at a glance
        self._begins[[short & 0xFFFF for short in self._short]] = True
        self._shortest = min(map(len, traces.vectors), default=0)

    @cached_property
    def _inputs(self) -> re.Pattern[str]:
        """The names and paths of those inputs in which the name stands: a pattern of very many would take minutes."""
        folder = self._folder
        texts = [str(folder.path), str(folder.path.resolve())]
        for entry in folder.state.inputs:
            own = entry.path, entry.name, entry.source_id
            if any(map(self._form.search, own)):
                texts += [*own, folder.address_of(entry)]
        return re.compile(_any_of(kind(text) for text in texts for kind in _WRITTEN))

    def look(self, name: str, entry: os.DirEntry[str]) -> str:
        """What a file has to do with the person, "" for nothing."""
        return self._in_name(name) or self._in_content(name, entry)

    def _in_name(self, name: str) -> str:
        parts = name.split("/")
        if face_and_cut(parts[-1])[0] in self._traces.faces:
            return "is a picture of a face that was forgotten"
        if not self._form.search(name):
            return ""  # as of nearly all
        if self._common and parts[0] not in (PEOPLE, MONTAGE):
            return ""
        ours = name in self._owned or parts[0] in (FRAMES, SHARDS)
        for part in parts:
            if self._words & {part, part.rpartition(".")[0]}:
                return f"is called {self._traces.name}"
            if not ours and self._form.search(part) and self._free.search(self._inputs.sub("", part)):
                return f"has {self._traces.name} in its name"
        return ""

    def _in_content(self, name: str, entry: os.DirEntry[str]) -> str:
        if not entry.is_file(follow_symlinks=False):
            return ""
        size = entry.stat().st_size
        if size in self._sizes and (size, sha256_of(self._folder.path / name)) in self._traces.pictures:
            return "is a picture in which a face is seen that was forgotten"
        ours = name in self._owned or name.startswith((f"{FRAMES}/", f"{SHARDS}/"))
        if ours and name.endswith(_PICTURES):
            return ""
        is_log = bool(_LOG.fullmatch(name))
        ours = ours or name in (RUN, FILES) or is_log
        path = f"{self._folder.path}/{name}"
        for data in [_lasting(Path(path).read_bytes())] if name == RUN else _blocks(path, size):
            if self._has_vector(data):
                return "holds the vector of a face that was forgotten"
            if name.startswith(f"{SHARDS}/") or INPUTS_NAME.fullmatch(name):
                continue  # names there are those of inputs
            if not is_log and self._has_face(data):
                return "speaks of a face that was forgotten"
            if self._bytes.search(data) and self._speaks(data.decode("utf-8", "replace"), name, ours):
                return f"speaks of {self._traces.name}"
        return ""

    def _has_face(self, data: bytes) -> bool:
        faces = self._traces.faces
        if b"-" not in data:
            return False  # a label, say: no id is without
        some = len(faces) > _FEW or any(face.encode() in data for face in faces)  # quicker than what ids look like
        return some and not faces.isdisjoint(found.decode() for found in _FACE_ID.findall(data))

    def _speaks(self, text: str, name: str, ours: bool) -> bool:
        text = self._inputs.sub("", text)
        if ours:
            return not self._common and not name.endswith(_DATA) and bool(self._standing.search(text))
        by_chance = "\ufffd" in text and len(self._traces.name) < _CHANCE
        return not by_chance and bool(self._free.search(text))

    def _has_vector(self, data: bytes) -> bool:
        if len(data) < self._shortest:
            return False
        if len(self._traces.vectors) <= _FEW:
            return any(vector in data for vector in self._traces.vectors)
        for shift in range(min(_SHORT, max(0, len(data) - _SHORT + 1))):
            words = np.frombuffer(data, "<u8", (len(data) - shift) // _SHORT, shift)
            places = np.flatnonzero(self._begins[words.astype(np.uint16)])
            for place, word in zip(places.tolist(), words[places].tolist(), strict=True):
                if word in self._short:
                    at = shift + place * _SHORT
                    if any(data.startswith(vector, at) for vector in self._traces.vectors):
                        return True
        return False


def _blocks(path: str, size: int) -> Iterator[bytes]:
    """What a file holds, a part at a time, each with the end of the one before it, so that nothing is missed where it
    is cut; that is between two lines where it can be, so that no half of a word or path stands alone. size: of the
    file, in bytes."""
    step = min(_BLOCK, size + 1)  # most files are small, and many
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 -- a Path takes as long to make as the file to read
        data, more = b"", file.read(step)
        if more and len(more) < step:
            yield more
            return
        while more:
            data, more = data + more, file.read(step)
            end = _line_end(data, len(data)) if more else len(data)
            yield data[:end]
            data = data[_line_end(data, end - _OVERLAP) :]


def _line_end(data: bytes, most: int) -> int:
    """Where the last line ends that is whole before `most`; `most` where none does that is near."""
    return data.rfind(b"\n", max(0, most - _OVERLAP), max(0, most)) + 1 or max(0, most)


def _any_of(texts: Iterable[str]) -> str:
    """A pattern for any of the texts, longer ones first; for none of them, one that never fits."""
    return "|".join(sorted(set(map(re.escape, filter(None, texts))), key=len, reverse=True)) or r"(?!)"


def _in_json(text: str) -> str:
    return json.dumps(text)[1:-1]


def _in_page(text: str) -> str:
    """As templates escape it."""
    return escape(text).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")


_WRITTEN: tuple[Callable[[str], str], ...] = (str, escape, _in_page, quote, _in_json)  # the forms that a text may have


def _lasting(state: bytes) -> bytes:
    """The texts in run.json, a line each, but for where inputs lie and exports went, and whom it is about to forget."""
    passing = ("forgetting", "inputs", "settings", "exports")
    lasting = {key: value for key, value in json.loads(state).items() if key not in passing}
    return "\n".join(_texts(lasting)).encode("utf-8", "surrogatepass")


def _texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value, keys too."""
    if isinstance(value, str):
        yield value
    for inner in value if isinstance(value, list) else ():
        yield from _texts(inner)
    for key, inner in value.items() if isinstance(value, dict) else ():
        yield key
        yield from _texts(inner)
