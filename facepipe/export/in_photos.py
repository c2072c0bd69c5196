"""Names in the photos themselves, written by exiftool: for programs that do not look into sidecars."""

from collections.abc import Iterator, Sequence

from facepipe.callbacks import Progress, no_progress
from facepipe.errors import InputError
from facepipe.export.sidecars import Change, concerned, with_names
from facepipe.files.names import printable
from facepipe.grouping import rows_by
from facepipe.imaging.signature import pixels_digest
from facepipe.media.photos import open_photo
from facepipe.media.replaced import why_not
from facepipe.records import Frame, FrameRef, Source
from facepipe.runs.folder import RunFolder
from facepipe.runs.inputs import as_they_are
from facepipe.table import FaceTable
from facepipe.xmp.exiftool import Exiftool
from facepipe.xmp.merge import EMPTY
from facepipe.xmp.packet import packet_in
from facepipe.xmp.sidecars import packet_of

_MORE = b"HasExtendedXMP"  # in a packet that goes on elsewhere in the file


def changes_inside(
    folder: RunFolder, table: FaceTable, *, keywords: bool = True, progress: Progress = no_progress
) -> Iterator[tuple[Source, Change] | InputError]:
    """The photos whose own packets are to follow the names of a run, "changed", or do so already, "unchanged"; or why
    one is left alone."""
    rows = rows_by(table.source)
    photos = [entry for entry in folder.state.inputs if not entry.is_video]
    for done, entry in enumerate(photos, 1):
        source = entry.source()
        try:
            if why := why_not(folder, entry):
                raise InputError(why)
            change = _change(table.take(rows.get(source.name, ())), source, keywords)
            if change is not None and source.address and change.kind == "changed":
                raise InputError(f"{source.address} lies elsewhere: it is left alone")
            if change is not None:
                yield source, change
        except InputError as error:
            yield error
        except OSError as error:
            yield InputError(f"cannot read {printable(source.path)}: {error.strerror}; it is left alone")
        progress(done, len(photos))


def _change(faces: FaceTable, source: Source, keywords: bool) -> Change | None:
    path, old = source.path, packet_of(source.path)
    if not concerned(faces, old):
        return None
    if _MORE in old:
        raise InputError(f"{printable(path)} has more XMP than stands in one piece: it is left alone")
    result = with_names(old or EMPTY, faces, open_photo(path), path, keywords=keywords)
    kind = "unchanged" if result.data == (old or EMPTY) else "changed"
    return Change(path, kind, result.data, result.disputed, path)


def write_inside(
    folder: RunFolder, wanted: Sequence[tuple[Source, Change]], progress: Progress = no_progress
) -> Iterator[InputError]:
    """Write the packets of `changes_inside`; gives why a photo was left alone. The run's inputs follow, so that they
    stay the photos that they were. The caller holds the folder's lock, and has read `folder` since. UsageError: there
    is no exiftool. StoreError, StorageFull.
    """
    shards, written = folder.shards(), set[str]()
    try:
        with Exiftool() as tool:
            for number, (source, change) in enumerate(wanted, 1):
                try:
                    _write(tool, change, shards.read(FrameRef(source, 0, 0.0)))
                    written.add(source.source_id)
                except InputError as error:
                    yield error
                progress(number, len(wanted))
    finally:
        folder.update(inputs=as_they_are(folder.state.inputs, written))


def _write(tool: Exiftool, change: Change, frame: Frame | None) -> None:
    name = printable(change.path)
    if frame is None or not frame.pixels:
        raise InputError(f"{name} would not be known again: first look at it anew, facepipe run --fresh")
    if packet_in(tool.packet(change.path)) != packet_of(change.path):  # which would be lost
        raise InputError(f"{name} has XMP that exiftool finds and facepipe does not: it is left alone")
    tool.write(change.path, change.data)
    if pixels_digest(open_photo(change.path)) != frame.pixels:
        raise InputError(f"{name} shows something else since exiftool wrote into it: put {name}_original in its place")
