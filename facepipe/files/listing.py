"""What lies in a folder, of which there may be very much."""

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def entries_of(folder: Path) -> Iterator[Iterator[os.DirEntry[str]]]:
    """The entries of a folder, none where there is none; they can be asked for their size until the block ends.

    They are read by the folder's number where that can be: the system need not go the whole path to each then.
    """
    if not folder.is_dir():
        yield iter(())
        return
    if os.scandir not in os.supports_fd:
        with os.scandir(folder) as entries:
            yield entries
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        with os.scandir(number) as entries:
            yield entries
    finally:
        os.close(number)


def is_filled(entry: os.DirEntry[str]) -> bool:
    """Whether there is something in a file, and it is there still: not in a link that leads nowhere."""
    try:
        return entry.stat().st_size > 0
    except OSError:
        return False


def files_below(root: Path, without: Collection[str] = ()) -> Iterator[str]:
    """The files below a folder, relative to it, with slashes. without: folders in it that are passed over."""
    for folder, folders, names in os.walk(root):
        inside = Path(folder).relative_to(root).as_posix()
        if inside == ".":
            folders[:] = [name for name in folders if name not in without]
        yield from names if inside == "." else (f"{inside}/{name}" for name in names)
