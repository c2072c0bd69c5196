"""Removing what the program wrote, and nothing else: names are checked, links are never followed out of a folder."""

import os
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from facepipe.errors import StoreError
from facepipe.files.atomic import TEMPORARY_PREFIX
from facepipe.files.real import real

_PLAIN = re.compile(r"[\w-][\w/. -]*", re.ASCII)  # nearly all names, seen at a glance


def stays_inside(name: str) -> bool:
    """Whether a relative path names something below its folder, on any system."""
    if _PLAIN.fullmatch(name) and ".." not in name:
        return True
    first = re.split(r"[/\\]", name, maxsplit=1)[0]
    if not name.strip("./\\") or not first or ":" in first:  # nothing, a root, a drive or stream
        return False
    if "\0" in name or not (name.isascii() or _is_text(name)):  # no file can be called so
        return False
    return ".." not in name or ".." not in re.split(r"[/\\]", name)


def _is_text(name: str) -> bool:
    try:
        return bool(name.encode())
    except UnicodeEncodeError:
        return False


def remove(root: Path, names: Iterable[str]) -> None:
    """Remove files of `root`, then folders that are empty. What lies behind a link is not of `root` and stays.

    A name that ends in a slash is a folder's, which goes if it is empty.

    StoreError: a file cannot be removed.
    """
    by_folder: dict[str, list[str]] = {}
    for name in names:
        by_folder.setdefault(name.rpartition("/")[0], []).append(name)
    inside, emptied = real(root), set()
    try:
        for folder, members in by_folder.items():
            if real(root / folder) == inside / folder:
                for path in (root / name for name in members if not name.endswith("/")):
                    if path.is_symlink() or not path.is_dir():
                        path.unlink(missing_ok=True)
                emptied.update(root / parent for parent in (folder, *PurePosixPath(folder).parents))
        for folder in sorted(emptied - {root}, key=lambda path: len(path.parts), reverse=True):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
    except OSError as error:
        raise StoreError(f"cannot remove {error.filename}: {error.strerror}") from error


def sweep(root: Path, *, deep: bool = True) -> None:
    """Remove what a killed process left half written in `root` and, where `deep`, below it.

    The caller sees to it that no other process is at work there. StoreError: a file cannot be removed.
    """
    names = []
    for folder, folders, members in os.walk(root):
        inside = Path(folder).relative_to(root)
        names += [(inside / name).as_posix() for name in members if name.startswith(TEMPORARY_PREFIX)]
        if not deep:
            folders.clear()
    remove(root, names)


def folded(name: str) -> str:
    """`name` as a file system compares it that knows no case and one way to write an accent."""
    return unicodedata.normalize("NFC", name).casefold()


def is_one_file(root: Path, name: str, other: str | None) -> bool:
    """Whether two names of `root` are one file because the file system takes them for the same."""
    try:
        path = root / name
        return other is not None and path.samefile(root / other) and path.stat().st_nlink == 1
    except OSError:
        return False
