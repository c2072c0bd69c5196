"""Where files go: one folder, atomic writes, a list of what was written, and a dry mode that only makes the list."""

import os
import shutil
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from copy import copy
from pathlib import Path, PurePosixPath

import numpy as np

from facepipe.errors import HostileFileError, StoreError
from facepipe.files.atomic import atomic_path, write_bytes, write_text
from facepipe.imaging.codec import encode_jpeg

_MOST_DUE = 200  # jobs that may wait for a thread: they are functions, whose pictures are not read yet


class Target:
    """The output folder as writers see it.

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
        due: int = _MOST_DUE,
        have: Collection[str] = (),
    ) -> None:
        self.root = root
        self.dry = dry
        self.links = links
        self._have = frozenset(have)
        self._prefix = PurePosixPath()
        self._names: dict[str, None] = {}
        self._inside: set[PurePosixPath] = set()  # folders that were checked
        self._crew = _Crew(threads, due) if threads > 1 and not dry else None

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
        part._prefix = self._prefix / name
        return part

    def in_turn(self) -> "Target":
        """This target, with each file made before the call returns: for what is not thread-safe."""
        part = copy(self)
        part._crew = None
        return part

    @property
    def paths(self) -> list[str]:
        """Every file written through this target and its parts, relative to `root`, with slashes, sorted."""
        return sorted(self._names)

    @property
    def path(self) -> Path:
        """The folder on disk."""
        return self.root / self._prefix

    def lacks(self, name: str) -> bool:
        """Whether a file is still to be made."""
        return str(self._prefix / name) not in self._have

    def text(self, name: str, text: str) -> None:
        """Write a UTF-8 file."""
        self._make(name, write_text, text)

    def data(self, name: str, make: Callable[[], bytes]) -> None:
        """Write what `make` returns."""
        self.several([name], lambda: [make()])

    def several(self, names: Sequence[str], make: Callable[[], Iterable[bytes]]) -> None:
        """Write the files whose contents `make` gives, one for each of `names`: what is cut from one picture, say."""
        paths = [self._claim(name) for name in names]
        lacking = [self.lacks(name) for name in names]

        def write() -> None:
            for path, data, lacks in zip(paths, make(), lacking, strict=True):
                if lacks:
                    write_bytes(path, data)

        if any(lacking):
            self._do(write)

    def jpeg(self, name: str, make: Callable[[], np.ndarray], quality: int = 95) -> None:
        """Write the RGB uint8 (H, W, 3) picture that `make` returns."""
        self.data(name, lambda: encode_jpeg(make(), quality))

    def jpegs(self, names: Sequence[str], make: Callable[[], Iterable[np.ndarray]]) -> None:
        """Write the pictures that `make` gives, one for each of `names`."""
        self.several(names, lambda: map(encode_jpeg, make()))

    def keep(self, name: str) -> None:
        """List a file that is there and stays."""
        self._claim(name)

    def link(self, name: str, source: Path) -> None:
        """Let `name` be the file `source`: a hard link, which takes no room, or a copy where links do not work."""
        self._make(name, _link, source, self.links)

    def symlink(self, name: str, source: Path) -> None:
        """Let `name` be a symbolic link to the file `source`, or a copy where such links do not work."""
        self._make(name, _symlink, source)

    def _check_folder(self, folder: PurePosixPath) -> None:
        """HostileFileError where a link under the root leads elsewhere: nothing is written there."""
        if folder not in self._inside:
            if (self.root / folder).resolve() != self.root.resolve() / folder:
                raise HostileFileError(f"refusing to write to {self.root / folder}: it is a link that leads elsewhere")
            self._inside.add(folder)

    def _make(self, name: str, job: Callable, *arguments) -> None:
        """List a file, and do the job that makes it, given its path and the arguments, where it is still to be made."""
        path = self._claim(name)
        if self.lacks(name):
            self._do(job, path, *arguments)

    def _do(self, job: Callable, *arguments) -> None:
        if self.dry:
            return
        if self._crew is None:
            job(*arguments)
        else:
            self._crew.do(job, *arguments)

    def _claim(self, name: str) -> Path:
        relative = self._prefix / name
        if relative.is_absolute() or ".." in relative.parts or "\\" in name or "\0" in name:
            raise HostileFileError(f"refusing to write {name!r}: the name leaves the output folder")
        self._check_folder(relative.parent)
        if str(relative) in self._names:
            raise StoreError(f"two outputs want the name {relative}; rename one of the people")
        self._names[str(relative)] = None
        return self.root / relative


class _Crew:
    """Threads that do jobs; the first error, in the order of the jobs, is raised where the next job is given."""

    def __init__(self, threads: int, due: int) -> None:
        self._pool = ThreadPoolExecutor(threads, "facepipe-write")
        self._most = due
        self._due: deque[Future] = deque()

    def do(self, job: Callable, *arguments) -> None:
        self._due.append(self._pool.submit(job, *arguments))
        while self._due and (self._due[0].done() or len(self._due) > self._most):
            self._due.popleft().result()

    def wait(self) -> None:
        while self._due:
            self._due.popleft().result()

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


def _link(path: Path, source: Path, links: bool) -> None:
    if not source.is_file():
        raise StoreError(f"{source} is missing; run the same command again with --fresh")
    with atomic_path(path) as temporary:
        if not (links and _linked(source, temporary)):
            shutil.copyfile(source, temporary)


def _symlink(path: Path, source: Path) -> None:
    if not source.is_file():
        raise StoreError(f"{source} is missing; run the same command again with --fresh")
    with atomic_path(path) as temporary:
        temporary.unlink()
        try:
            temporary.symlink_to(source.resolve())
        except OSError:
            shutil.copyfile(source, temporary)


def _linked(source: Path, path: Path) -> bool:
    """Replace `path` by a hard link to `source`, where the file system can."""
    path.unlink()
    try:
        os.link(source, path)
    except OSError:
        return False
    return True
