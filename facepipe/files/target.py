"""Where files go: one folder, atomic writes, a list of what was written, and a dry mode that only makes the list."""

import os
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import copy
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from facepipe.errors import HostileFileError, StoreError
from facepipe.files.atomic import atomic_path, move, write_bytes, write_text
from facepipe.files.crew import MOST_DUE, Crew
from facepipe.files.paths import Paths, folder_and_name
from facepipe.files.real import is_link, real
from facepipe.imaging.codec import encode_jpeg

_NO_STEPS = frozenset(("", ".", ".."))  # what no part of a path is


class Target:
    """The output folder as writers see it.

    of: what a file follows from, as builtins whose `repr` tells it all; a `Plan` keeps what would be the same. how:
    needs, files, relative to `root`, that it is made of besides (where one of these is made anew, so is the file); and
    ahead, a function that may be called before any file is there, as what makes the file calls it too.

    With `dry` nothing is read, computed or written: the same code that writes then tells which files it would
    write. Contents are therefore passed as functions where making them costs something. Without `links`, `link`
    always copies: the folder then shares no file with another one.

    With `threads` above 1, files are made and written on so many threads while the caller goes on: `wait` for those
    that are to be read back, and use the target in a `with` block, whose end waits for all. An error of theirs is
    raised by a later call. due: how many may wait, fewer where they hold pictures already.

    have: files, relative to `root`, that are there as they are to be: they are listed, and not made again.
    """

    def __init__(
        self,
        root: Path,
        *,
        dry: bool = False,
        links: bool = True,
        threads: int = 1,
        due: int = MOST_DUE,
        have: Collection[str] = (),
    ) -> None:
        self.root = root
        self.dry = dry
        self.links = links
        self._have = frozenset(have)
        self._prefix = ""
        self._folders: dict[str, dict[str, None]] = {}  # folder -> what is listed there
        self._as_found: dict[str, Mapping[str, Any]] = {}  # the same of folders in which all stays
        self._real_root = real(root)
        self._inside: set[str] = set()  # folders that were checked
        self._crew = Crew(threads, due) if threads > 1 and not dry else None
        self._frozen = False
        self._of: Any = None

    def __enter__(self) -> "Target":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
        try:
            if kind is None:
                self.wait()
        finally:
            if self._crew is not None:
                self._crew.close()

    def wait(self) -> None:
        """Until everything asked for so far is on disk."""
        if self._crew is not None:
            self._crew.wait()

    def folder(self, name: str) -> "Target":
        """A part of this target; what is written there is listed here too."""
        part = copy(self)
        part._prefix = f"{self._prefix}{name}/"
        return part

    def in_turn(self) -> "Target":
        """This target, with each file made before the call returns: for what is not thread-safe."""
        part = copy(self)
        part._crew = None
        return part

    def made_of(self, of: Any) -> "Target":
        """This target; `of` is what its files follow from that say nothing of that."""
        part = copy(self)
        part._of = of
        return part

    def frozen(self) -> "Target":
        """This target, with nothing made; what is there and would be the same is kept, where that is known."""
        part = copy(self)
        part._frozen = True
        return part

    @property
    def paths(self) -> list[str]:
        """Every file written through this target and its parts, relative to `root`, with slashes, sorted."""
        return sorted(self.listed)

    @property
    def listed(self) -> Paths:
        """The same, by folder."""
        return Paths(self._as_found | self._folders)

    @property
    def path(self) -> Path:
        """The folder on disk."""
        return self.root / self._prefix

    def lacks(self, name: str) -> bool:
        """Whether a file is still to be made."""
        return f"{self._prefix}{name}" not in self._have

    def text(self, name: str, text: str) -> None:
        """Write a UTF-8 file."""
        self._add([name], text, lambda path: write_text(path, text))

    def data(self, name: str, make: Callable[[], bytes], of: Any = None, **how: Any) -> None:
        """Write what `make` returns."""
        self.several([name], lambda: [make()], of, **how)

    def several(
        self,
        names: Sequence[str],
        make: Callable[[], Iterable[bytes]],
        of: Any = None,
        **how: Any,
    ) -> None:
        """Write the files whose contents `make` gives, one for each of `names`: what is cut from one picture, say."""

        def write(*paths: Path) -> None:
            for path, data in zip(paths, make(), strict=True):
                write_bytes(path, data)

        if names:
            self._add(names, of, write, **how)

    def file(self, name: str, write: Callable[[Path], None], of: Any = None) -> None:
        """Let `write` write a file to the path that it is given, which has the suffix of `name`."""

        def whole(path: Path) -> None:
            with atomic_path(path) as temporary:
                write(temporary)

        self._add([name], of, whole)

    def jpeg(
        self,
        name: str,
        make: Callable[[], np.ndarray],
        quality: int = 95,
        of: Any = None,
        **how: Any,
    ) -> None:
        """Write the RGB uint8 (H, W, 3) picture that `make` returns."""
        self.data(name, lambda: encode_jpeg(make(), quality), of, **how)

    def jpegs(self, names: Sequence[str], make: Callable[[], Iterable[np.ndarray]], of: Any = None) -> None:
        """Write the pictures that `make` gives, one for each of `names`."""
        self.several(names, lambda: map(encode_jpeg, make()), of)

    def keep(self, found: Paths) -> None:
        """List files that stay, as they were found in the folder."""
        for folder, names in found.folders.items():
            self._keep(f"{self._prefix}{folder}".rstrip("/"), names)

    def stay(self, names: Sequence[str], needs: str = "") -> bool:
        """List files that were written before and are there, where the caller knows that they would be the same. False,
        with nothing listed, where that is not known of each of them to have been written, or where something is made in
        the folder `needs`, relative to `root`."""
        return False

    def link(self, name: str, source: Path, of: Any = None) -> None:
        """Let `name` be the file `source`: a hard link, which takes no room, or a copy where links do not work."""
        self._add([name], of, partial(linked, source, links=self.links))

    def take(self, name: str, source: Path) -> None:
        """Let `name` be the file `source`, which is moved there; both are on one file system."""
        self._add([name], None, partial(move, source))

    def symlink(self, name: str, source: Path) -> None:
        """Let `name` be a symbolic link to the file `source`, or a copy where such links do not work."""
        self._add([name], None, partial(_symlinked, source))

    def _keep(self, folder: str, names: Iterable[str]) -> None:
        if isinstance(names, Mapping) and folder not in self._folders and folder not in self._as_found:
            self._as_found[folder] = names
            return
        self._check_folder(folder)
        if folder not in self._folders:
            self._folders[folder] = dict.fromkeys(self._as_found.pop(folder, ()))
        members = self._folders[folder]
        for count, name in enumerate(names, len(members) + 1):
            members[name] = None
            if len(members) < count:
                raise _wanted_twice(f"{folder}/{name}".lstrip("/"))

    def _check_folder(self, folder: str) -> None:
        """HostileFileError where a link under the root leads elsewhere: nothing is written there."""
        if folder not in self._inside:
            if folder:
                self._check_folder(folder_and_name(folder)[0])
            path = f"{self.root}{os.sep}{folder}"
            if is_link(path) and real(self.root / folder) != self._real_root / folder:
                raise HostileFileError(f"refusing to write to {path}: it is a link that leads elsewhere")
            self._inside.add(folder)

    def _add(
        self,
        names: Sequence[str],
        of: Any,
        write: Callable[..., None],
        needs: Collection[str] = (),
        ahead: Callable[[], Any] | None = None,
    ) -> None:
        """Write files that are made together: `write` is given the path of each."""
        if self._frozen:
            return
        whole = [self._claim(name) for name in names]
        if self.dry or self._have.issuperset(whole):
            return
        paths = [self.root / name for name in whole]
        if self._crew is None:
            write(*paths)
        else:
            self._crew.do(write, *paths)

    def _claim(self, name: str) -> str:
        """List a file; returns its path relative to the root."""
        whole = f"{self._prefix}{name}"
        if "\\" in name or "\0" in name or not _NO_STEPS.isdisjoint(whole.split("/")):
            raise HostileFileError(f"refusing to write {name!r}: the name leaves the output folder")
        folder, last = folder_and_name(whole)
        self._keep(folder, [last])
        return whole


def _wanted_twice(name: str) -> StoreError:
    return StoreError(f"two outputs want the name {name}; rename one of the people")


def linked(source: Path, path: Path, *, links: bool = True) -> None:
    """Let `path` be the file `source`: a hard link, or a copy where links do not work, or are not wanted. StoreError:
    there is no such file."""
    _check_there(source)
    with atomic_path(path) as temporary:
        if not (links and _hard_linked(source, temporary)):
            shutil.copyfile(source, temporary)


def _check_there(source: Path) -> None:
    if not source.is_file():  # no export brings a run's pictures back
        raise StoreError(f"{source} is missing: run facepipe on its inputs again")


def _symlinked(source: Path, path: Path) -> None:
    _check_there(source)
    with atomic_path(path) as temporary:
        temporary.unlink()
        try:
            temporary.symlink_to(source.resolve())
        except OSError:
            shutil.copyfile(source, temporary)


def _hard_linked(source: Path, path: Path) -> bool:
    """Replace `path` by a hard link to `source`, where the file system can."""
    path.unlink()
    try:
        os.link(source, path)
    except OSError:
        return False
    return True
