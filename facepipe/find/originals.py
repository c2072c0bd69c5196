"""Putting originals and clips into a folder without ever overwriting anything there."""

import errno
import filecmp
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from facepipe.errors import StorageFull, UsageError
from facepipe.files.atomic import TEMPORARY_PREFIX, atomic_path, make_folder
from facepipe.files.lock import acquire
from facepipe.files.removal import sweep

SYMBOLIC, HARD, COPY = LINKS = ("symbolic", "hard", "copy")
MAX_BYTES = 200  # of a file name's stem as UTF-8; file systems allow 255 for the whole


@contextmanager
def collecting(folder: Path) -> Iterator[None]:
    """Make the folder, for its owner only if it is new, and hold it while the block runs; what a killed process has
    left half copied goes. UsageError when something else is there. StoreError: another process collects there."""
    try:
        make_folder(folder.parent, private=False)
        make_folder(folder)
        if not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        lock = acquire(folder)
    except OSError as error:
        raise UsageError(f"cannot make the folder {folder}: {error.strerror or error}; name another") from error
    try:
        sweep(folder, deep=False)
        yield
    finally:
        if lock is not None:
            lock.release()


def put_original(original: Path, folder: Path, link: str = COPY) -> Path | None:
    """Put a file into a folder; its new path, or None where it is there already.

    link: one of LINKS: a copy with its dates, for its owner only; or a link, which takes no room. A hard link is the
    original by another name. A file of that name with other content stays; what is put there is then called <stem>_2,
    <stem>_3, ... StorageFull if writing fails; UsageError: the file system has no such links, or is another one.
    """
    target = _free_place(original, folder, original.name)
    if target is None:
        return None
    if link == COPY:
        with atomic_path(target) as temporary:
            shutil.copy2(original, temporary)
        return target
    try:
        if link == SYMBOLIC:
            target.symlink_to(original.resolve())
        else:
            os.link(original.resolve(), target)
    except OSError as error:
        why = f"cannot link {target} to {original}: {error.strerror or error}"
        other = SYMBOLIC if link == HARD else COPY
        raise UsageError(f"{why}; try --link {other}") from error
    return target


@contextmanager
def placed(folder: Path, name: str, dates_of: Path) -> Iterator[tuple[Path, list[Path]]]:
    """Give a temporary path to write to and a list, which afterwards holds the file's final path.

    As `put_original`: nothing is overwritten, and the list stays empty where the same content is there already.
    """
    result: list[Path] = []
    temporary = folder / f"{TEMPORARY_PREFIX}{os.getpid()}{Path(name).suffix}"
    try:
        yield temporary, result
        target = _free_place(temporary, folder, name)
        if target is not None:
            times = dates_of.stat()
            os.utime(temporary, ns=(times.st_atime_ns, times.st_mtime_ns))
            temporary.chmod(0o600)
            temporary.rename(target)
            result.append(target)
    except OSError as error:
        raise StorageFull(
            f"cannot write {folder / name}: {error.strerror or error}; make room and try again"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def _free_place(content: Path, folder: Path, name: str) -> Path | None:
    """The first of <name>, <stem>_2, ... that is free; None if one before it holds the same content."""
    stem, suffix = shortened(Path(name).stem, MAX_BYTES), Path(name).suffix
    for number in count(1):
        place = folder / (f"{stem}{suffix}" if number == 1 else f"{stem}_{number}{suffix}")
        if not os.path.lexists(place):
            return place
        if place.is_file() and filecmp.cmp(content, place, shallow=False):
            return None


def shortened(stem: str, most: int) -> str:
    """The beginning of a name that takes at most so many bytes."""
    return stem if len(os.fsencode(stem)) <= most else os.fsencode(stem)[:most].decode("utf-8", "ignore")
