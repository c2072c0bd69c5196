"""How many files of which type there are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from facepipe.errors import InputError
from facepipe.media.readers import readers
from facepipe.media.sources import walk
from facepipe.runs.inputs import file_key

KINDS = ("photo", "video", "other")


@dataclass(frozen=True, slots=True)
class FileType:
    """suffix: lower case, with its dot, "" for none. kind: one of KINDS. size: bytes of all of them together."""

    suffix: str
    kind: str
    files: int
    size: int


def count_types(paths: Sequence[Path], warn: Callable[[str], None]) -> list[FileType]:
    """The types of all files that a run would look at, each once, most frequent first. InputError: a path that is
    missing."""
    counted: dict[str, list[int]] = {}
    seen: set[str] = set()  # paths may overlap, and links lead to the same file
    for path in paths:
        if not path.exists():
            raise InputError(f"no such file or folder: {path}")
        for file in walk(path, warn) if path.is_dir() else [path]:
            place, size, _ = file_key(file)
            if place in seen:
                continue
            seen.add(place)
            files_and_size = counted.setdefault(file.suffix.lower(), [0, 0])
            files_and_size[0] += 1
            files_and_size[1] += size
    kinds = _kinds()
    types = [FileType(suffix, kinds.get(suffix, "other"), files, size) for suffix, (files, size) in counted.items()]
    return sorted(types, key=lambda t: (-t.files, t.suffix))


def _kinds() -> dict[str, str]:
    """The kind of every suffix that is read; photo where both are possible."""
    return {suffix: reader.kind for reader in readers(("video", "photo")) for suffix in reader.suffixes}
