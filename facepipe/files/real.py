"""Where a path leads, through all links."""

import os
import stat
from pathlib import Path


def real(path: Path) -> Path:
    """The absolute path without links, of one that is not there too. Links that lead in a circle are no error, as they
    are to `Path.resolve`: whoever opens the path is told."""
    return Path(os.path.realpath(path))


def is_link(path: str | Path) -> bool:
    """Whether there is a link of any kind: a symbolic one or, on Windows, a junction."""
    try:
        found = os.lstat(path)
    except OSError:  # nothing is there yet
        return False
    return stat.S_ISLNK(found.st_mode) or bool(getattr(found, "st_reparse_tag", 0))
