"""Files at an address, by fsspec, which is imported only where somebody has typed one."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facepipe.callbacks import Progress, no_progress
from facepipe.errors import FacepipeError, InputError, StorageFull, StoreError, UsageError, first_line
from facepipe.files.address import Address
from facepipe.files.names import printable

_BLOCK = 1 << 20
MB = 1e6
# What file systems call that which changes with a file's content, in the order in which it is believed.
_VERSIONS = ("ETag", "etag", "md5Hash", "content_md5", "checksum", "mtime", "LastModified", "last_modified", "updated",
             "modified", "created")  # fmt: skip


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file at an address. name: below it, with slashes, as the other side says it: not to be trusted. key: what the
    file system calls it. size: bytes, None where that is not known. version: changes with the content; "" unknown."""

    name: str
    key: str
    size: int | None
    version: str


class Remote:
    """What lies at an address: a folder with all below it, or one file."""

    def __init__(self, address: Address) -> None:
        """UsageError: a package is missing, or nothing knows such addresses. InputError: it cannot be reached."""
        self.address = address
        self._fs, self._root = _opened(address)
        self._fs.invalidate_cache()  # what an earlier call of this process has listed

    def files(self) -> tuple[bool, list[RemoteFile]]:
        """Whether it is a folder, and the files there, sorted by name. InputError: nothing is there, or it cannot be
        listed."""
        try:
            facts = self._fs.info(self._root)
            # A web server lists folders as pages, which are files.
            if facts["type"] != "directory" and not self.address.url.endswith("/"):
                return False, [_file(self.address.name, self._root, facts)]
            found = self._fs.find(self._root, detail=True)
        except FileNotFoundError:
            raise InputError(f"no such file or folder: {self.address}") from None
        except Exception as error:
            raise InputError(f"cannot look into {self.address}: {self._reason(error)}") from None
        root = self._root.rstrip("/")
        files = [_file(key.removeprefix(root).removeprefix("/"), key, facts) for key, facts in found.items()]
        return True, sorted(files, key=lambda file: file.name)

    def shown(self, file: RemoteFile) -> str:
        """The address of a file."""
        return str(self.address) if file.key == self._root else printable(self.address.as_folder + file.name)

    def beginning(self, file: RemoteFile, size: int) -> bytes:
        """The first bytes of a file. InputError: it cannot be read."""
        try:
            with self._fs.open(file.key, "rb") as handle:
                return handle.read(size)
        except Exception as error:
            raise InputError(f"cannot fetch {self.shown(file)}: {self._reason(error)}") from None

    def blocks(self, file: RemoteFile) -> Iterator[bytes]:
        """The content of a file. InputError: it cannot be read, or is not as long as was said."""
        read = 0
        try:
            with self._fs.open(file.key, "rb") as handle:
                while block := handle.read(_BLOCK):
                    read += len(block)
                    yield block
        except Exception as error:  # each file system has its own, beside OSError
            raise InputError(f"cannot fetch {self.shown(file)}: {self._reason(error)}") from None
        if file.size not in (None, read):
            raise InputError(f"{self.shown(file)} gave {read} of {file.size} bytes")

    def check_free(self, what_to_do: str) -> None:
        """StoreError: something is there. InputError: it cannot be reached."""
        try:
            facts = self._fs.info(self._root)
            if facts["type"] == "directory" and not self._fs.find(self._root):
                return
        except FileNotFoundError:
            return
        except Exception as error:
            raise InputError(f"cannot look into {self.address}: {self._reason(error)}") from None
        raise StoreError(f"{self.address} holds something already: {what_to_do}")

    def put(self, folder: Path, names: Sequence[str], progress: Progress = no_progress) -> None:
        """Bring files of a folder there, in their order. Where one fails or the work is stopped, those that went before
        are taken away again, as far as that works. StorageFull: a file cannot be written."""
        total, done, begun = sum((folder / name).stat().st_size for name in names), 0, []
        root, above = self._root.rstrip("/"), set[str]()
        try:
            for name in names:
                key = f"{root}/{name}"
                if (parent := key.rpartition("/")[0]) not in above:
                    self._make_folder(parent)
                    above.add(parent)
                begun.append(key)
                with (folder / name).open("rb") as source, self._fs.open(key, "wb") as handle:
                    shutil.copyfileobj(source, handle, _BLOCK)
                done += (folder / name).stat().st_size
                progress(round(done / MB), round(total / MB))
        except BaseException as error:
            for key in begun:
                with suppress(Exception):  # the first error is the one to show
                    self._fs.rm_file(key)
            if isinstance(error, FacepipeError) or not isinstance(error, Exception):
                raise
            raise StorageFull(f"cannot write {self.address.as_folder}{name}: {self._reason(error)}") from None

    def _make_folder(self, key: str) -> None:
        """Object stores have no folders, and may forbid to make a bucket; others need them."""
        with suppress(FileExistsError, PermissionError):
            self._fs.makedirs(key, exist_ok=True)

    def _reason(self, error: Exception) -> str:
        """What a library says of an error, in one line, without what signs in."""
        said = error.strerror if isinstance(error, OSError) and error.strerror else first_line(error)
        return printable(self.address.without_secrets(str(said)))


def _opened(address: Address) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs  # here, because few have it, and nobody needs it without an address
    except ImportError:
        raise UsageError(f"{address} needs fsspec, which is not installed: pip install 'facepipe[remote]'") from None
    try:
        return url_to_fs(address.url)
    except ImportError as error:
        raise UsageError(f"{address} cannot be used: {address.without_secrets(first_line(error))}") from None
    except Exception as error:
        raise InputError(f"{address} cannot be reached: {address.without_secrets(first_line(error))}") from None


def _file(name: str, key: str, facts: dict[str, Any]) -> RemoteFile:
    size = facts.get("size")
    version = next((f"{kind} {facts[kind]}" for kind in _VERSIONS if facts.get(kind)), "")
    return RemoteFile(name, key, size if isinstance(size, int) else None, version)
