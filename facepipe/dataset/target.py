"""Where files go: one folder, atomic writes, a list of what was written, and a dry mode that only makes the list."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import numpy as np

from facepipe.dataset.pictures import encode_jpeg
from facepipe.errors import HostileFileError, StoreError
from facepipe.store.atomic import atomic_path, write_bytes, write_text


class Target:
    """The output folder as writers see it.

    With `dry` nothing is read, computed or written: the same code that writes then tells which files it would
    write. Contents are therefore passed as functions where making them costs something. Without `links`, `link`
    always copies: the folder then shares no file with another one.
    """

    def __init__(self, root: Path, *, dry: bool = False, links: bool = True) -> None:
        self.root = root
        self.dry = dry
        self.links = links
        self._prefix = PurePosixPath()
        self._names: dict[str, None] = {}

    def folder(self, name: str) -> "Target":
        """A part of this target; what is written there is listed here too."""
        part = Target(self.root, dry=self.dry, links=self.links)
        part._prefix = self._prefix / name
        part._names = self._names
        return part

    @property
    def paths(self) -> list[str]:
        """Every file written through this target and its parts, relative to `root`, with slashes, sorted."""
        return sorted(self._names)

    @property
    def path(self) -> Path:
        """The folder on disk."""
        return self.root / self._prefix

    def text(self, name: str, text: str) -> None:
        """Write a UTF-8 file."""
        path = self._claim(name)
        if not self.dry:
            write_text(path, text)

    def data(self, name: str, make: Callable[[], bytes]) -> None:
        """Write what `make` returns."""
        path = self._claim(name)
        if not self.dry:
            write_bytes(path, make())

    def jpeg(self, name: str, make: Callable[[], np.ndarray], quality: int = 95) -> None:
        """Write the RGB uint8 (H, W, 3) picture that `make` returns."""
        self.data(name, lambda: encode_jpeg(make(), quality))

    def link(self, name: str, source: Path) -> None:
        """Let `name` be the file `source`: a hard link, which takes no room, or a copy where links do not work."""
        path = self._claim(name)
        if self.dry:
            return
        if not source.is_file():
            raise StoreError(f"{source} is missing; run the same command again with --fresh")
        with atomic_path(path) as temporary:
            if not (self.links and _linked(source, temporary)):
                shutil.copyfile(source, temporary)

    def _claim(self, name: str) -> Path:
        relative = self._prefix / name
        if relative.is_absolute() or ".." in relative.parts or "\\" in name or "\0" in name:
            raise HostileFileError(f"refusing to write {name!r}: the name leaves the output folder")
        if str(relative) in self._names:
            raise StoreError(f"two outputs want the name {relative}; rename one of the people")
        self._names[str(relative)] = None
        return self.root / relative


def _linked(source: Path, path: Path) -> bool:
    """Replace `path` by a hard link to `source`, where the file system can."""
    path.unlink()
    try:
        os.link(source, path)
    except OSError:
        return False
    return True
