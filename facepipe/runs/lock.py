"""One process at a time in a run folder."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

from facepipe.errors import StoreError


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the folder while the block runs; blocks of one process may nest. StoreError: another process does.

    The lock is a file in the user's cache folder, named by the folder's path, so that nothing is written to a folder
    that may turn out to be somebody else's; the system lets it go when a process dies. Where no cache can be written
    the block runs without.
    """
    name = hashlib.sha256(str(path.resolve()).encode("utf-8", "surrogatepass")).hexdigest()[:24]
    place = platformdirs.user_cache_path("facepipe", appauthor=False) / "locks" / f"{name}.lock"
    lock = FileLock(place, timeout=0, is_singleton=True)
    try:
        Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise StoreError(f"another facepipe is at work in {path}: wait for it, or stop it") from None
    except OSError:
        pass
    try:
        yield
    finally:
        lock.release()
