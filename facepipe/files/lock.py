"""One process at a time in a folder, whatever its user, home or machine: the lock lies in the folder itself.

A lock of the operating system on the file LOCK ends with its process, however that ends, and most network file systems
pass it on to other machines. The file goes when the lock is let go, so that nothing stays in the folder; whoever gets
the lock of a file that has gone meanwhile tries again. Where there are no such locks, a file beside it names its owner:
one of this machine that does not run any more is a rest.
"""

import errno
import json
import os
import platform
import secrets
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from facepipe.errors import StorageFull, StoreError
from facepipe.files.atomic import TEMPORARY_PREFIX

LOCK = ".facepipe.lock"
OWNER = ".facepipe.owner"  # in its place where the file system knows no locks

_TRIES = 100  # each one means that somebody let go in that moment
_UNWRITABLE = {errno.EROFS, errno.EACCES, errno.EPERM}
_HELD = {errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK, errno.EDEADLK}

if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30  # what stands at the beginning can still be read

    def _lock(handle: int) -> None:
        os.lseek(handle, _FAR, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_free(folder: Path) -> bool:
    """Whether a folder holds nothing but what locks and killed processes of facepipe leave."""
    return all(name in (LOCK, OWNER) or name.startswith(TEMPORARY_PREFIX) for name in os.listdir(folder))


@dataclass(frozen=True, slots=True)
class Held:
    """A lock that is held. handle: of the open file, None where the owner's file stands for the lock."""

    path: Path
    handle: int | None

    def release(self) -> None:
        """Let go. The file goes first, where a system removes files that are open."""
        with suppress(OSError):
            self.path.unlink()
        if self.handle is not None:
            os.close(self.handle)
            if sys.platform == "win32":
                with suppress(OSError):  # somebody else has it open: it is that one's now
                    self.path.unlink()


def acquire(folder: Path) -> Held | None:
    """The lock of a folder, at once; None where nothing can be written to the folder, by us or with our rights.

    Errors: StoreError: another process holds it, or something else is called so. StorageFull: it cannot be written.
    """
    path = folder / LOCK
    try:
        for _ in range(_TRIES):
            handle = _open(path)
            try:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise StoreError(f"{path} is not a file of facepipe: move it away")
                try:
                    _lock(handle)
                except OSError as error:
                    if error.errno in _HELD or (error.errno == errno.EBADF and not os.access(path, os.W_OK)):
                        raise _busy(folder, os.read(handle, 1000)) from None
                    os.close(handle)
                    handle = -1
                    path.unlink(missing_ok=True)
                    return _own(folder)
                if _is_still(path, handle):
                    with suppress(OSError):  # another user's file, or a full disk: the lock holds all the same
                        os.ftruncate(handle, 0)
                        os.write(handle, _signature())
                    held, handle = handle, -1
                    return Held(path, held)
            finally:
                if handle != -1:
                    os.close(handle)
    except OSError as error:
        if error.errno in _UNWRITABLE:
            return None
        if error.errno == errno.ELOOP:
            raise StoreError(f"{path} is a link, not a file of facepipe: move it away") from error
        raise StorageFull(f"cannot write {path}: {error.strerror}; mend that and run the same command again") from error
    raise _busy(folder, b"")


def signature(folder: Path) -> bytes:
    """What whoever holds the lock of a folder, or held it until it was killed, has written there; no two holders write
    the same. b"" where nobody does. Other machines that see the folder can tell by it whose turn it is."""
    return _content(folder / LOCK) or _content(folder / OWNER)


def _open(path: Path) -> int:
    """Open the file, and make it where it is missing; everybody may read it, so that everybody can lock it."""
    safely = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)  # no link, and no waiting for a pipe
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | safely, 0o644)
    except PermissionError:
        if not path.exists():
            raise
        return os.open(path, os.O_RDONLY | safely)  # another user's


def _is_still(path: Path, handle: int) -> bool:
    """Whether the file that was opened is the one that stands there now."""
    try:
        return os.path.samestat(path.lstat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _signature() -> bytes:
    return json.dumps({"process": os.getpid(), "machine": platform.node(), "turn": secrets.token_hex(8)}).encode()


def _busy(folder: Path, owner: bytes) -> StoreError:
    who = _read(owner)
    by = f" (process {who[0]} on {who[1]})" if who else ""
    return StoreError(f"another facepipe is at work in {folder}{by}: wait for it, or stop it")


def _read(owner: bytes) -> tuple[int, str] | None:
    try:
        values = json.loads(owner)
        return int(values["process"]), "".join(c for c in str(values["machine"]) if c.isprintable())[:100]
    except (ValueError, TypeError, KeyError, OverflowError):
        return None


def _own(folder: Path) -> Held:
    """The owner's file, where there are no locks. One that is a rest is taken away first; so that two who see it do
    not take away each other's, it is renamed and looked at again."""
    path = folder / OWNER
    for _ in range(2):
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        except FileExistsError:
            found = _content(path)
            if not _is_rest(found):
                busy = _busy(folder, found)
                raise StoreError(f"{busy}; if it does not run any more, remove {path}") from None
            aside = path.with_name(f"{TEMPORARY_PREFIX}{os.getpid()}")
            with suppress(FileNotFoundError):
                path.rename(aside)
                if _content(aside) != found:
                    os.link(aside, path)
                aside.unlink()
            continue
        try:
            os.write(handle, _signature())
        finally:
            os.close(handle)
        return Held(path, None)
    raise _busy(folder, _content(path))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()[:1000]
    except OSError:
        return b""


def _is_rest(owner: bytes) -> bool:
    who = _read(owner)
    if who is None or who[1] != platform.node() or sys.platform == "win32" or who[0] <= 0:
        return False
    try:
        os.kill(who[0], 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False
