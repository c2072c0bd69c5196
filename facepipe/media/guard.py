"""The border of this package: whatever goes wrong while a file is read is said as a DecodeError that names the file."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from facepipe.errors import DecodeError, FacepipeError
from facepipe.files.names import printable

_OBJECT = re.compile(r" *<_?io\.[^>]*>")  # Pillow names what it read from, by its address in memory


@contextmanager
def reading(path: Path, what: str) -> Iterator[None]:
    """Turn every error of the block that is not facepipe's own into a DecodeError in one line.

    what: "a picture" or "a video". Libraries raise whatever a damaged file makes them stumble over, so nothing is
    listed here; memory that one file asks for in vain is that file's fault, too.
    """
    try:
        yield
    except FacepipeError:
        raise
    except MemoryError as error:
        raise DecodeError(f"{printable(path)} takes more memory than there is; it was not read") from error
    except OSError as error:
        if error.errno is None:  # Pillow's own words for damage
            raise DecodeError(_damaged(path, what, error)) from error
        raise DecodeError(f"cannot read {printable(path)}: {error.strerror}; put it back, or leave it out") from error
    except Exception as error:
        raise DecodeError(_damaged(path, what, error)) from error


def _damaged(path: Path, what: str, error: Exception) -> str:
    words = _OBJECT.sub("", str(error).strip()) or type(error).__name__
    words = printable(words).partition("\N{REPLACEMENT CHARACTER}")[0]
    return f"{printable(path)} is damaged or cut off, and cannot be read as {what}: {words[:200]}"
