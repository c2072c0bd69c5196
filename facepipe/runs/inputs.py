"""The inputs of a run as run.json lists them: known by their content, added to, found again without reading them."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from facepipe.errors import StoreError
from facepipe.files.hashing import sha256_of
from facepipe.files.names import not_a_formula
from facepipe.records import Source
from facepipe.runs.input_entry import InputEntry


class AsRead(NamedTuple):
    """A file as it was when it was read. changed_ns: its time of change. now: see `InputEntry`."""

    changed_ns: int
    now: str = ""


def added(
    old: tuple[InputEntry, ...], sources: Iterable[Source], read_at: Mapping[str, AsRead] | None = None
) -> tuple[InputEntry, ...]:
    """The entries of `old`, with their ids and names, then those of new content.

    read_at: by path, as `file_key` writes it.

    A file that was moved or renamed gets its new path; where it was read at its own too, the others are copies. A new
    file that is called like an older one gets parts of its folder's name before its own; a name is none that a
    spreadsheet would calculate. StoreError for two contents of one id.
    """
    read_at = read_at or {}
    entries = {entry.sha256: entry for entry in old}
    names, ids = {entry.name for entry in old}, {entry.source_id for entry in old}
    for source in sources:
        entry = _entry(source, read_at)
        before = entries.get(source.sha256)
        if before is not None:
            if before.path != entry.path and before.path in read_at and not changed_since(before):
                continue
            address = entry.address or (before.address if before.path == entry.path else "")
            facts = {"size": entry.size, "mtime_ns": entry.mtime_ns, "address": address, "now": entry.now}
            entries[source.sha256] = before._replace(path=entry.path, **facts)
            continue
        if source.source_id in ids:
            raise StoreError(f"{source.path} gets the id of another input, {source.source_id}: rename the file")
        entry = entry._replace(name=_free_name(source, names))
        names.add(entry.name)
        ids.add(source.source_id)
        entries[source.sha256] = entry
    return tuple(entries.values())


def known_files(entries: Iterable[InputEntry]) -> dict[tuple[str, int, int], InputEntry]:
    """The entries by (path, size, time of last change in ns): what such a file had when it was read."""
    return {(entry.path, entry.size, entry.mtime_ns): entry for entry in entries if entry.mtime_ns is not None}


def file_key(path: Path) -> tuple[str, int, int]:
    """The key of a file in `known_files`."""
    state = path.stat()
    return _real(path), state.st_size, state.st_mtime_ns


def _real(path: Path) -> str:
    """The absolute path of a file, through all links; folders are looked up once."""
    return str(path.resolve()) if path.is_symlink() else str(_real_folder(path.parent.absolute()) / path.name)


@lru_cache(maxsize=1024)
def _real_folder(absolute: Path) -> Path:
    return absolute.resolve()


def gone_line(path: Path, out: Path) -> str:
    """What to do about an input of the run in `out` that is not there any more."""
    again = f"put it back, or run facepipe with --out {out} on the place where it is now"
    return f"{path} is gone: {again} (it is known by its content)"


def changed_since(entry: InputEntry) -> bool:
    """Whether the file of an entry is another than the one whose content it knows. One that is gone is not."""
    try:
        state = Path(entry.path).stat()
    except OSError:
        return False
    return state.st_size != entry.size or entry.mtime_ns not in (None, state.st_mtime_ns)


def as_they_are(entries: Iterable[InputEntry], ids: Collection[str]) -> tuple[InputEntry, ...]:
    """The entries, those of `ids` with the size, time of change and content that their files have now, if they are
    there: what these show is the same."""

    def now(entry: InputEntry) -> InputEntry:
        try:
            state, content = Path(entry.path).stat(), sha256_of(entry.path)
        except OSError:
            return entry
        facts = {"size": state.st_size, "mtime_ns": state.st_mtime_ns}
        return entry._replace(now="" if content == entry.sha256 else content, **facts)

    return tuple(now(entry) if entry.source_id in ids else entry for entry in entries)


def _entry(source: Source, read_at: Mapping[str, AsRead]) -> InputEntry:
    path = _real(source.path)
    read = read_at.get(path)
    if read is None:
        with suppress(OSError):  # gone since it was found
            read = AsRead(source.path.stat().st_mtime_ns)
    changed_ns, now = read or (None, "")
    facts = (source.sha256, source.size, changed_ns, source.is_video, source.reader, source.address, now)
    return InputEntry(source.source_id, source.name, path, *facts)


def _free_name(source: Source, names: set[str]) -> str:
    name = not_a_formula(source.name)
    if name not in names:
        return name
    for part in reversed(source.path.resolve().parts[:-1]):
        name = not_a_formula(f"{part}/{name}")
        if name not in names:
            return name
    return f"{source.source_id}/{source.name}"
