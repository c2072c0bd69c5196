"""Numbers and names in sentences, and names in commands that can be pasted."""

import os
import shlex
import subprocess
from pathlib import Path


def counted(number: int, one: str, many: str = "", *, width: int = 0) -> str:
    """ "1 face", "2 faces", "12 people". many: the plural where it is not `one` with an s. width: of the number."""
    return f"{number:{width or ''},} {one if number == 1 else many or f'{one}s'}"


def quoted(path: Path | str) -> str:
    """A path or name as a shell takes it for one word, and a program no path for an option."""
    text = str(path)
    if isinstance(path, Path) and text.startswith("-"):
        text = f".{os.sep}{text}"
    return subprocess.list2cmdline([text]) if os.name == "nt" else shlex.quote(text)
