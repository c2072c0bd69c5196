"""The hash of a file's content, and what tells without reading it that it is the same still."""

import hashlib
import time
from pathlib import Path
from typing import NamedTuple

_BLOCK = 1 << 17  # bytes: they stay in the processor's cache until they are hashed
_SETTLED_NS = 4_000_000_000  # some file systems have times of 2 s

State = tuple[int, ...]


class Stamp(NamedTuple):
    """The hash that a file had in some state."""

    sha256: str
    state: State

    @property
    def is_settled(self) -> bool:
        """Whether the file was changed so long ago that, if it is changed again, its times will be others."""
        return time.time_ns() - max(self.state[2:]) > _SETTLED_NS


def state_of(path: Path) -> State:
    """Number, size and times of a file, another one after whatever is written to it. OSError where there is none."""
    state = path.stat()
    return state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns


def sha256_of(path: Path) -> str:
    """SHA-256 of a file in hex, read in blocks. OSError when it cannot be read."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while block := handle.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
