"""The sidecars of a run's photos: who is in which, as far as somebody has given a name."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from facepipe.callbacks import Progress, no_progress
from facepipe.errors import InputError
from facepipe.files.names import printable
from facepipe.geometry import clip_box, head_box
from facepipe.grouping import rows_by
from facepipe.media.photos import PhotoPicture, open_photo
from facepipe.media.replaced import as_looked_at
from facepipe.questions.question import is_placeholder
from facepipe.records import Source
from facepipe.runs.folder import RunFolder
from facepipe.table import FaceTable
from facepipe.xmp import NAMINGS, WHOLE
from facepipe.xmp.edit import PREFIXES
from facepipe.xmp.merge import Merged, merged
from facepipe.xmp.regions import Region
from facepipe.xmp.sidecars import Places, packet_of, read_sidecar, to_begin_with, write_sidecar

_MARK = PREFIXES["facepipe"].encode()  # in every sidecar in which facepipe has written something


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a sidecar. kind: new, changed, unchanged, or removed: facepipe's own that says nothing any more.
    disputed: see `merge.Merged`. like: the file whose readers may read it."""

    path: Path
    kind: str
    data: bytes
    disputed: tuple[tuple[str, str], ...]
    like: Path

    def make(self) -> None:
        """Do it. StorageFull."""
        if self.kind == "removed":
            self.path.unlink(missing_ok=True)
        elif self.kind != "unchanged":
            write_sidecar(self.path, self.data, self.like)


def changes(
    folder: RunFolder,
    to: Path | None = None,
    naming: str = "",
    *,
    keywords: bool = True,
    progress: Progress = no_progress,
) -> Iterator[Change | InputError]:
    """The sidecars of photos in which somebody has a name, or had one when they were written, or why there can be none.

    to: a folder that gets them, by the photos' names in the run; None: beside the photos. naming: see `Places`.
    """
    table, places, taken = folder.table(), Places(), set[Path]()
    rows, refused = rows_by(table.source), list[str]()
    photos = as_looked_at(folder, (source for source in folder.sources() if not source.is_video), refused.append)
    yield from map(InputError, refused)
    for done, source in enumerate(photos, 1):
        try:
            path = _place(places, source, to, naming)
            change = _change(table.take(rows.get(source.name, ())), source, path, places.sidecar(source.path), keywords)
            if change is not None and to is None and source.address and change.kind != "unchanged":
                raise InputError(f"{source.address} lies elsewhere: name a folder for its sidecar with --to")
            if change is not None and path in taken:
                raise InputError(f"{printable(path)} would be the sidecar of several photos: use --naming {WHOLE}")
            if change is not None:
                taken.add(path)
                yield change
        except InputError as error:
            yield error
        progress(done, len(photos))


def _place(places: Places, source: Source, to: Path | None, naming: str) -> Path:
    """Where the sidecar of an input belongs; see `changes`. InputError: see `Places`."""
    if to is None:
        return places.sidecar(source.path, naming)
    inside = [part for part in source.name.split("/") if part not in ("", ".", "..")]
    return places.sidecar(to.joinpath(*inside), naming)


def places_with_name(person: str, photos: Sequence[Source], to: Path | None) -> Iterator[tuple[Path, bool]]:
    """The sidecars of photos that have somebody's name, see `changes`, and without `to` the photos, too; False where
    that cannot be told."""
    places, name = Places(), escape(person).encode()
    for source in photos:
        if source.is_video:
            continue
        with suppress(OSError, InputError):
            if to is None and name in packet_of(source.path):
                yield source.path, True
        for kind in NAMINGS:
            with suppress(InputError):  # it is no sidecar of this photo alone
                path = _place(places, source, to, kind)
                try:
                    is_named = name in read_sidecar(path)
                except InputError:
                    yield path, False
                else:
                    if is_named:
                        yield path, True


def _change(faces: FaceTable, source: Source, path: Path, beside: Path, keywords: bool) -> Change | None:
    """What becomes of the sidecar at `path`; beside: that which lies beside the photo."""
    old = read_sidecar(path)
    if not concerned(faces, old):
        return None
    if not source.path.is_file():
        raise InputError(f"{printable(source.path)} is gone: its sidecar was not written")
    picture = open_photo(source.path)
    begun = old or (read_sidecar(beside) if beside != path else b"") or to_begin_with(picture)
    result = with_names(begun, faces, picture, path, keywords=keywords)
    if result.says_nothing:
        kind = "removed" if old else "unchanged"
    else:
        said = begun if path == beside else old  # in another folder nothing stands yet, whatever the photo says
        kind = "unchanged" if result.data == said else "changed" if old else "new"
    return Change(path, kind, result.data, result.disputed, path if old else source.path)


def concerned(faces: FaceTable, packet: bytes) -> bool:
    """Whether somebody of the faces of a photo has a name, or had one when facepipe wrote into its packet."""
    return bool(_named(faces)) or _MARK in packet


def with_names(begun: bytes, faces: FaceTable, picture: PhotoPicture, path: Path, *, keywords: bool) -> Merged:
    """A packet with those faces of a photo whose people have a name; see `merge.merged`. InputError names `path`."""
    regions = _regions(faces.take(_named(faces)), picture)
    try:
        return merged(begun, regions, picture.stored_wh, picture.file.orientation, keywords=keywords)
    except InputError as error:
        raise InputError(f"{printable(path)}: {error}; it is left alone") from error


def _named(faces: FaceTable) -> list[int]:
    return [row for row, person in enumerate(faces.person) if person and not is_placeholder(person)]


def _regions(faces: FaceTable, picture: PhotoPicture) -> list[Region]:
    """Whole heads, as other programs draw faces."""
    width, height = picture.size_wh
    if len(faces) and tuple(faces.image_wh[0].tolist()) != (width, height):
        raise InputError(f"{printable(picture.file.path)} has another size than when it was read: run facepipe again")
    boxes = (clip_box(head_box(tuple(box)), (width, height)) for box in faces.box_ltrb.tolist())
    shares = ((left / width, top / height, right / width, bottom / height) for left, top, right, bottom in boxes)
    return [Region(person, box) for person, box in zip(faces.person, shares, strict=True)]
