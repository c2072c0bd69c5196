"""Whether the file of an input still shows what the run has looked at: names, rights and what was forgotten hang on it.
Whoever reads an input again asks here.

Other programs write into photos what does not show; those are what they were.
"""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from facepipe.callbacks import Warn
from facepipe.errors import DecodeError, StoreError
from facepipe.files.hashing import hash_of
from facepipe.files.names import printable
from facepipe.imaging.signature import pixels_digest
from facepipe.media.photos import open_photo
from facepipe.media.readers.photo import PhotoReader
from facepipe.records import FrameRef, Source
from facepipe.runs.folder import RunFolder
from facepipe.runs.input_entry import InputEntry
from facepipe.runs.inputs import changed_since, gone_line

SHOWS_ELSE = "shows something else than before: run facepipe again"


def why_not(folder: RunFolder, entry: InputEntry, shows_else: str = SHOWS_ELSE) -> str:
    """Why the file of an input is not to be read as what the run has looked at, "" where it is. shows_else: what is
    said of one that is replaced, behind its path."""
    if not Path(entry.path).is_file():
        return printable(gone_line(Path(entry.path), folder.path))
    return f"{printable(entry.path)} {shows_else}" if _is_replaced(folder, entry) else ""


def as_looked_at(folder: RunFolder, sources: Iterable[Source], warn: Warn) -> list[Source]:
    """Those inputs of a run that are not replaced. warn: is told of the others, but for those in whose place the run
    has looked at something else since."""
    sources, entries = list(sources), {entry.source_id: entry for entry in folder.state.inputs}
    replaced = {source.source_id for source in sources if _is_replaced(folder, entries[source.source_id])}
    stay = [source for source in sources if source.source_id not in replaced]
    places = {entries[source_id].path for source_id in replaced}
    beside = [entry for entry in entries.values() if entry.path in places and entry.source_id not in replaced]
    known = {entry.path for entry in beside if not _is_replaced(folder, entry)}
    for source in sources:
        if source.source_id in replaced and (path := entries[source.source_id].path) not in known:
            warn(f"{printable(path)} {SHOWS_ELSE}")
    return stay


def _is_replaced(folder: RunFolder, entry: InputEntry) -> bool:
    """Whether the file of an input is there and shows something else than the run has looked at."""
    if not changed_since(entry):
        return False
    path = Path(entry.path)
    content, _ = hash_of(path)
    return content not in (entry.sha256, entry.now) and not shows_the_same(folder, entry, path)


def shows_the_same(folder: RunFolder, entry: InputEntry, path: Path) -> bool:
    """Whether a photo is to the pixel the one that the run has looked at as an input; no video is."""
    if entry.reader != PhotoReader.name:
        return False
    with suppress(OSError, StoreError, DecodeError):
        frame, picture = folder.shards().read(FrameRef(entry.source(), 0, 0.0)), open_photo(path)
        same_size = frame is not None and frame.size_wh == picture.size_wh
        return same_size and frame.pixels == pixels_digest(picture)
    return False
