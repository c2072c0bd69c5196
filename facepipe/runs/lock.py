"""One process at a time in a run folder."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from facepipe.errors import StorageFull, StoreError
from facepipe.files.lock import acquire, is_free
from facepipe.files.real import real
from facepipe.runs.layout import RUN

_guard = threading.Lock()
_owners: dict[Path, int] = {}  # folder -> the thread of this process that holds it


@contextmanager
def locked(path: Path, *, new: bool = False, marker: str = RUN) -> Iterator[None]:
    """Hold the folder while the block runs; blocks of one thread may nest. StoreError: somebody else does.

    A folder is held if it has the file `marker`; with `new` also if it is empty or missing: then it is made, for its
    owner only, and goes again if the block has left nothing in it. Nothing is written to any other folder: the block
    runs and finds out that it is none of ours. Nor is anything written where we may not write. StorageFull: the folder
    cannot be made.
    """
    made: list[Path] = []
    try:
        if new and not (path / marker).exists():
            made = _made(path)
            ours = path.is_dir() and is_free(path)
        else:
            ours = (path / marker).is_file()
    except OSError as error:
        raise StorageFull(f"cannot write {path}: {error.strerror or error}; name another folder") from error
    try:
        with _held(path) if ours else nullcontext():
            yield
    finally:
        with suppress(OSError):  # one of them is not empty
            for folder in made:
                folder.rmdir()


def _made(path: Path) -> list[Path]:
    """Make a folder; what had to be made, innermost first."""
    missing = [folder for folder in (path, *path.parents) if not os.path.lexists(folder)]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700 if folder == path else 0o777, exist_ok=True)
    if missing:
        path.chmod(0o700)
    return missing


@contextmanager
def _held(path: Path) -> Iterator[None]:
    folder, me = real(path), threading.get_ident()
    with _guard:
        if (owner := _owners.get(folder)) is None:
            lock = acquire(path)
            _owners[folder] = me
    if owner is not None:
        if owner != me:
            raise StoreError(f"another facepipe is at work in {path}: wait for it, or stop it")
        yield
        return
    try:
        yield
    finally:
        with _guard:
            del _owners[folder]
            if lock is not None:
                lock.release()
