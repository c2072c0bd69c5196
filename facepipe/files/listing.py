"""What lies in a folder, of which there may be very much."""

import os
from collections.abc import Iterator
from pathlib import Path


def entries_of(folder: Path) -> Iterator[os.DirEntry[str]]:
    """The entries of a folder, none where there is none; they can be asked for their size while this goes on.

    They are read by the folder's number where that can be: the system need not go the whole path to each then.
    """
    if not folder.is_dir():
        return
    if os.scandir not in os.supports_fd:
        yield from os.scandir(folder)
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        yield from os.scandir(number)
    finally:
        os.close(number)


def is_filled(entry: os.DirEntry[str]) -> bool:
    """Whether there is something in a file, and it is there still: not in a link that leads nowhere."""
    try:
        return entry.stat().st_size > 0
    except OSError:
        return False
