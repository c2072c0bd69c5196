"""Files that are whole or absent: written under a temporary name in the same folder, then renamed."""

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from facepipe.errors import StorageFull

TEMPORARY_PREFIX = ".facepipe-tmp-"  # nobody else's: whatever is called so may be swept away
_BLOCK = 1 << 17  # bytes


class _InBlocks(io.FileIO):
    """Written little by little: where much is written at once, Linux looks for memory for it that lies together, which
    took a virtual machine up to 3 seconds a GB instead of .4."""

    def write(self, b: Any) -> int:
        return super().write(memoryview(b)[:_BLOCK])  # BufferedWriter comes again with the rest


def open_to_write(file: Path | int) -> io.BufferedWriter:
    """As `open(file, "wb")`, for what may be large: a path, or the number of an open file."""
    return io.BufferedWriter(_InBlocks(file, "wb"))


@contextmanager
def atomic_path(path: Path, *, durable: bool = False) -> Iterator[Path]:
    """Give a temporary path beside `path` (same suffix) to write to; on success it replaces `path`.

    Readers see the old file or the new one, never a part. File and new folders are for their owner only, whatever the
    umask. durable: on the disk itself when the block has ended, so that it outlives a power cut. An OSError becomes
    StorageFull, naming the file. The temporary file is removed whatever happens.
    """
    with _temporary(path, True, durable) as (handle, temporary):
        os.close(handle)
        yield temporary
        if not temporary.is_symlink():
            temporary.chmod(0o600)  # it may be another file by now
    with suppress(OSError):
        temporary.unlink(missing_ok=True)  # it stays where it was made a link to the very file that it replaces


@contextmanager
def _temporary(path: Path, private: bool, durable: bool) -> Iterator[tuple[int, Path]]:
    """An open file, for its owner only, that takes the place of `path` when the block ends without an error."""
    temporary = None
    try:
        make_folder(path.parent, private=private)
        handle, name = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, suffix=path.suffix, dir=path.parent)
        temporary = Path(name)
        yield handle, temporary
        if durable and not temporary.is_symlink():
            _flush(temporary)
        temporary.replace(path)
        temporary = None
        if durable:
            _flush_folder(path.parent)
    except OSError as error:
        reason = error.strerror or error
        raise StorageFull(f"cannot write {path}: {reason}; mend that and run the same command again") from error
    finally:
        if temporary is not None:
            with suppress(OSError):  # an error on the way is the one to show
                temporary.unlink(missing_ok=True)


def make_folder(path: Path, *, private: bool = True) -> None:
    """Make a folder and those above it that are missing. private: for their owner only, whatever the umask."""
    if path.is_dir():
        return
    if not private:
        path.mkdir(parents=True, exist_ok=True)
        return
    make_folder(path.parent)
    with suppress(FileExistsError):  # another thread was faster; a file in its place shows when it is used
        path.mkdir(mode=0o700)
        path.chmod(0o700)


@contextmanager
def atomic_open(path: Path, mode: str = "w", *, private: bool = True, durable: bool = False, **options) -> Iterator[IO]:
    """`open` for writing a whole file atomically, as `atomic_path`; text is UTF-8 with plain newlines. private: as
    there; else everybody may read the file and its new folders."""
    with _temporary(path, private, durable) as (handle, temporary):
        file: IO = open_to_write(handle)
        if "b" not in mode:
            file = io.TextIOWrapper(file, **{"encoding": "utf-8", "newline": "\n", **options})
        with file:
            yield file
        temporary.chmod(0o600 if private else 0o644)


def has_content(path: Path) -> bool:
    """Whether a file is there and not empty, as a power cut may leave one."""
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def write_bytes(path: Path, data: bytes, **how: bool) -> None:
    """Write `data` to `path` atomically; how: see `atomic_open`."""
    with atomic_open(path, "wb", **how) as handle:
        handle.write(data)


def write_text(path: Path, text: str, **how: bool) -> None:
    """Write `text` (UTF-8) to `path` atomically; how: see `atomic_open`."""
    with atomic_open(path, **how) as handle:
        handle.write(text)


def move(source: Path, path: Path) -> None:
    """Let `path` be the file `source`, which is moved there; both are on one file system. StorageFull if that fails."""
    try:
        make_folder(path.parent)
        source.replace(path)
    except OSError as error:
        reason = error.strerror or error
        raise StorageFull(f"cannot write {path}: {reason}; mend that and run the same command again") from error


def append_bytes(path: Path, data: bytes, *, durable: bool = True) -> int:
    """Add `data` at the end of a file, made where it is missing, with its folder, for its owner only; returns where it
    begins there.

    All of it is written when this returns, or StorageFull and the file is as long as before. A kill on the way may
    leave a part. durable: on the disk itself, so that it outlives a power cut.
    """
    try:
        make_folder(path.parent)
        as_it_is = getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)  # no other line ends, no link
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | as_it_is, 0o600)
        try:
            before = os.fstat(handle).st_size
            try:
                while data:
                    data = data[os.write(handle, data) :]
                if durable:
                    os.fsync(handle)
            except OSError:
                os.ftruncate(handle, before)
                raise
        finally:
            os.close(handle)
        if durable and not before:
            _flush_folder(path.parent)
        return before
    except OSError as error:
        raise StorageFull(f"cannot write {path}: {error.strerror or error}; mend that and try again") from error


def _flush(path: Path) -> None:
    with path.open("rb+") as handle:
        os.fsync(handle.fileno())


def _flush_folder(folder: Path) -> None:
    """Make a rename last. Not every system can open a folder, nor every file system flush one."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
