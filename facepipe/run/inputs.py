"""The inputs of a run as run.json lists them: known by their content, added to, found again without reading them."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from facepipe.errors import StoreError
from facepipe.records import Source

Entry = dict[str, Any]


def added(old: list[Entry], sources: Iterable[Source]) -> list[Entry]:
    """The entries of `old`, with their ids and names, then those of new content.

    A file that was moved or renamed gets its new path. A new file that is called like an older one gets parts of its
    folder's name before its own. StoreError for two contents of one id.
    """
    entries = {entry["sha256"]: entry for entry in old}
    names, ids = {entry["name"] for entry in old}, {entry["source_id"] for entry in old}
    for source in sources:
        entry = _entry(source)
        before = entries.get(source.sha256)
        if before is not None:
            entries[source.sha256] = {**entry, **{key: before[key] for key in ("source_id", "name", "is_video")}}
            continue
        if source.source_id in ids:
            raise StoreError(f"{source.path} gets the id of another input, {source.source_id}: rename the file")
        entry["name"] = _free_name(source, names)
        names.add(entry["name"])
        ids.add(source.source_id)
        entries[source.sha256] = entry
    return list(entries.values())


def known_hashes(entries: Iterable[Entry]) -> dict[tuple[str, int, int], str]:
    """SHA-256 by (path, size, time of last change in ns): what such a file had when it was read."""
    return {
        (entry["path"], entry["size"], entry["mtime_ns"]): entry["sha256"]
        for entry in entries
        if entry.get("mtime_ns") is not None
    }


def file_key(path: Path) -> tuple[str, int, int]:
    """The key of a file in `known_hashes`."""
    state = path.stat()
    return _real(path), state.st_size, state.st_mtime_ns


def _real(path: Path) -> str:
    """The absolute path of a file, through all links; folders are looked up once."""
    return str(path.resolve()) if path.is_symlink() else str(_real_folder(path.parent.absolute()) / path.name)


@lru_cache(maxsize=1024)
def _real_folder(absolute: Path) -> Path:
    return absolute.resolve()


def _entry(source: Source) -> Entry:
    try:
        changed = source.path.stat().st_mtime_ns
    except OSError:  # gone since it was read
        changed = None
    return {
        "source_id": source.source_id,
        "name": source.name,
        "path": _real(source.path),
        "sha256": source.sha256,
        "size": source.size,
        "mtime_ns": changed,
        "is_video": source.is_video,
    }


def _free_name(source: Source, names: set[str]) -> str:
    name = source.name
    if name not in names:
        return name
    for part in reversed(source.path.resolve().parts[:-1]):
        name = f"{part}/{name}"
        if name not in names:
            return name
    return f"{source.source_id}/{source.name}"
