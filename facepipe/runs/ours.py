"""Which folders facepipe has made: what lies in them is no input of anybody's."""

from collections.abc import Collection
from pathlib import Path

from facepipe.runs.layout import EXPORT, RUN

OURS = RUN, EXPORT  # the files by which they are known
BEGINNING = 256  # bytes of these that say so


def is_ours(folder: Path, names: Collection[str] = OURS) -> bool:
    """Whether facepipe wrote this folder, by what one of these files in it says."""
    for name in names:
        try:
            with (folder / name).open("rb") as handle:
                if says_ours(handle.read(BEGINNING)):
                    return True
        except OSError:
            continue
    return False


def says_ours(beginning: bytes) -> bool:
    """Whether a run.json or export.json that begins so is facepipe's."""
    return b'"facepipe-run-' in beginning or b'"facepipe-export-' in beginning
