"""The hash of a file's content, and what tells without reading it that it is the same still."""

import hashlib
import os
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

_BLOCK = 1 << 17  # bytes: they stay in the processor's cache until they are hashed
_PAGE = 1 << 12
_SETTLED_NS = 4_000_000_000  # some file systems have times of 2 s

State = tuple[int, ...]


class Stamp(NamedTuple):
    """The hash that a file had in some state, as text: numbers of files are larger than 64 bits on some systems."""

    sha256: str
    state: str


def hash_of(path: Path, known: Stamp | None = None) -> tuple[str, Stamp | None]:
    """SHA-256 of a file, "" where there is none, and what no file has where it cannot be read.

    known: of before: while the file is in that state it is not read. The second value is worth keeping, where it is
    not None: the file was changed so long ago that, if it is changed again, its times will be others.
    """
    try:
        state = state_of(path)
        if known is not None and known.state == _as_text(state):
            return known.sha256, None
        sha256, settled = _hash_now(path, state)
    except FileNotFoundError:
        return "", None
    except OSError:
        return "unreadable", None
    return sha256, Stamp(sha256, _as_text(state)) if settled else None


@lru_cache(maxsize=8)
def _hash_now(path: Path, state: State) -> tuple[str, bool]:
    """The hash of a file in one state, for which a command asks several times, and whether that is settled by now."""
    settled = is_settled(state)
    return sha256_of(path), settled


def _as_text(state: State) -> str:
    return " ".join(map(str, state))


def state_of(path: str | Path, *, follow_symlinks: bool = True) -> State:
    """Number, size and times of a file, another one after whatever is written to it. OSError where there is none."""
    state = os.stat(path, follow_symlinks=follow_symlinks)  # noqa: PTH116 -- of very many folders a Path takes longer
    return state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns


def is_settled(state: State) -> bool:
    """Whether what has this state was changed so long ago that, if it is changed again, its times will be others."""
    return time.time_ns() - max(state[2:]) > _SETTLED_NS


def sha256_of(path: str | Path, on_read: Callable[[int], None] = lambda size: None) -> str:
    """SHA-256 of a file in hex, read in blocks. on_read: is told of how many bytes. OSError when it cannot be read."""
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as handle:  # noqa: PTH123 -- a Path takes as long to make as a picture to read
        step = min(_BLOCK, max(_PAGE, os.fstat(handle.fileno()).st_size + 1))  # most files are small, and many
        while block := handle.read(step):
            digest.update(block)
            on_read(len(block))
    return digest.hexdigest()
