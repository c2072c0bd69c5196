"""Vectors, ids of faces and texts, looked for in the bytes of files; of very many all at once."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np

from facepipe.review.traces import FACE_ID

_FACE_ID = re.compile(FACE_ID.pattern.encode())
# What an id ends with, at each place where it may begin: one hyphen can stand in the middle of the digits of another.
_END = re.compile(rb"-(?=([0-9]{7,}-[0-9]+))")
_LAST = 8  # bytes of an input's id that are compared first
_WORD = 8  # bytes of a vector that are looked for first
_STEP = 128  # bytes from one place of a file to the next that is looked at
_FEW = 30  # faces up to which each of their ids is looked for alone: of forty it takes as long as of all together


class Vectors:
    """Some vectors, as bytes.

    A file is not read byte by byte: one that holds a vector, wherever that begins, has a word of it at one of the
    places that lie `_STEP` bytes apart. So the words of each vector from the first `_STEP` bytes on are looked up.
    """

    def __init__(self, vectors: Iterable[bytes]) -> None:
        self._vectors = sorted(vectors)
        self._shortest = min(map(len, self._vectors), default=0)
        self._step = min(_STEP, self._shortest - _WORD + 1)

    @cached_property
    def _words(self) -> np.ndarray:
        """Every word that may be met, sorted, uint64."""
        starts = (np.frombuffer(vector, np.uint8, self._step + _WORD - 1) for vector in self._vectors)
        windows = np.lib.stride_tricks.sliding_window_view(np.stack([*starts]), _WORD, axis=1)
        return np.unique(np.ascontiguousarray(windows).view("<u8"))

    def are_in(self, data: bytes) -> bool:
        """Whether one of them is."""
        if not self._vectors or len(data) < self._shortest:
            return False
        if self._step < 1:  # too short to have a word of their own
            return any(vector in data for vector in self._vectors)
        met = np.ndarray((len(data) - _WORD) // self._step + 1, "<u8", data, strides=(self._step,))
        known = self._words
        met = met[known[np.minimum(np.searchsorted(known, met), len(known) - 1)] == met]
        if not len(met):
            return False  # as of nearly all
        words = [word.tobytes() for word in np.unique(met)]
        return any(vector in data for vector in self._vectors if any(word in vector for word in words))


class Faces:
    """The ids of some faces."""

    def __init__(self, faces: Iterable[str]) -> None:
        self._faces = frozenset(face.encode() for face in faces)
        self._longest = max(map(len, self._faces), default=0)
        parts = [face.rsplit(b"-", 2) for face in self._faces]
        self._ends = {b"-".join(end) for _, *end in parts}
        self._last = min((_LAST, *(len(source) for source, *_ in parts)))
        self._sources = {source[len(source) - self._last :] for source, *_ in parts}

    def are_in(self, data: bytes) -> bool:
        """Whether one of them is, where an id stands: not as a part of another."""
        if len(self._faces) <= _FEW and not any(face in data for face in self._faces):
            return False
        return any(not self._faces.isdisjoint(ids) for ids in self._like_them(data))

    def _like_them(self, data: bytes) -> Iterator[list[bytes]]:
        """The ids around each place where one of the faces may stand."""
        for match in _END.finditer(data):
            start = match.start()
            if match[1] in self._ends and data[max(0, start - self._last) : start] in self._sources:
                yield _FACE_ID.findall(data, max(0, start - self._longest), match.end(1))


class Texts:
    """Some texts, each looked for alone, which is many times sooner than a pattern of them. As bytes they are UTF-8."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = list[str]()
        for text in sorted(filter(None, texts), key=len):
            if not self.are_in(text):  # else who has that has one of them
                self._texts.append(text)
        self._bytes = [text.encode("utf-8", "surrogatepass") for text in self._texts]

    def are_in(self, text: str) -> bool:
        """Whether one of them is."""
        return any(part in text for part in self._texts)

    def are_in_bytes(self, data: bytes) -> bool:
        """Whether one of them is."""
        return any(part in data for part in self._bytes)
