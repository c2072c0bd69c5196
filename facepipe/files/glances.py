"""Which of very many folders are as they were when they were last looked through, seen by their times alone.

What comes into a folder, leaves it or gets another name there changes the times of the folder. Not every file system
keeps to that: it is tried out in a folder made for it, and where it does not hold every folder is looked through.
"""

import os
import tempfile
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path

from facepipe.files.atomic import TEMPORARY_PREFIX, write_bytes
from facepipe.files.hashing import State, is_settled, state_of

_SIZE = 16  # bytes of a digest
_LONG_AGO_NS = 10**18  # 2001, which every file system can write
_MANY_NEW = 1_000  # folders that are looked through again rather than that all is written: some hundredths of a second


class Glances:
    """What was seen of folders, in the file `path`: a digest a folder, of its name, its state and what was expected."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known = _read(path) if _times_tell(path.parent) else None
        self._seen: set[bytes] = set()

    def still(self, name: str, places: Sequence[str], expected: int, look: Callable[[], bool]) -> bool:
        """Whether `look` finds what is expected, so many entries, in some places: folders, and files that only grow.
        It is not asked where it did before and none of them has changed since."""
        now = None if self._known is None else _states(places)
        if now is None:
            return look()
        text = f"{name}\0{expected}\0{now}"
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_SIZE).digest()
        if digest in self._known:
            self._seen.add(digest)
            return True
        found = look()
        if found and all(map(is_settled, now)):
            self._seen.add(digest)  # who changes it from now on changes its times
        return found

    @property
    def worth_keeping(self) -> bool:
        """Whether much was seen that the file does not say."""
        return self._known is not None and len(self._seen - self._known) > _MANY_NEW

    def keep(self) -> None:
        """Write what was seen. StorageFull: it could not be written."""
        write_bytes(self.path, b"".join(sorted(self._seen)))


def _read(path: Path) -> set[bytes]:
    try:
        data = path.read_bytes()
    except OSError:
        return set()
    return {data[at : at + _SIZE] for at in range(0, len(data), _SIZE)}


def _states(places: Sequence[str]) -> list[State] | None:
    """The states of all, of links themselves; None where one of them cannot be seen."""
    try:
        return [state_of(place, follow_symlinks=False) for place in places]
    except OSError:
        return None


def _times_tell(folder: Path) -> bool:
    """Whether folders beside this one get another time whenever what is in them changes."""
    try:
        with tempfile.TemporaryDirectory(prefix=TEMPORARY_PREFIX, dir=folder) as name:
            inner = Path(name)
            file, other = inner / "a", inner / "b"
            steps: tuple[Callable[[], object], ...] = (file.touch, lambda: file.rename(other), other.unlink)
            for step in steps:
                os.utime(inner, ns=(_LONG_AGO_NS, _LONG_AGO_NS))
                before = inner.stat().st_mtime_ns
                step()
                if inner.stat().st_mtime_ns == before:
                    return False
    except OSError:
        return False
    return True
