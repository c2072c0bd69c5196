"""Files that are whole or absent: written under a temporary name in the same folder, then renamed."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from facepipe.errors import StorageFull

TEMPORARY_PREFIX = ".tmp-"


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` (same suffix) to write to; on success it replaces `path`.

    Readers see the old file or the new one, never a part. An OSError becomes StorageFull, naming the file.
    The temporary file is removed whatever happens.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, suffix=path.suffix, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        if not temporary.is_symlink():
            temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        reason = error.strerror or error
        raise StorageFull(f"cannot write {path}: {reason}; mend that and run the same command again") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


@contextmanager
def atomic_open(path: Path, mode: str = "w", **options) -> Iterator[IO]:
    """`open` for writing a whole file atomically; text is UTF-8 with plain newlines."""
    if "b" not in mode:
        options = {"encoding": "utf-8", "newline": "\n", **options}
    with atomic_path(path) as temporary, temporary.open(mode, **options) as handle:
        yield handle


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path` atomically."""
    with atomic_open(path, "wb") as handle:
        handle.write(data)


def write_text(path: Path, text: str) -> None:
    """Write `text` (UTF-8) to `path` atomically."""
    with atomic_open(path) as handle:
        handle.write(text)
