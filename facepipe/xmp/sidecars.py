"""Sidecars: the XMP files that lie beside photos, by either of the two ways to call them.

digiKam, darktable, Immich and PhotoPrism call that of photo.jpg photo.jpg.xmp, Adobe's programs photo.xmp. The short
name says nothing where another file shares the stem: a camera's raw file, say, whose sidecar that may be.
"""

import os
import stat
from collections import Counter
from contextlib import suppress
from pathlib import Path

from facepipe.errors import DecodeError, InputError
from facepipe.files.atomic import write_bytes
from facepipe.files.names import printable
from facepipe.media.photo_file import read_photo_file
from facepipe.media.photos import PhotoPicture
from facepipe.xmp import WHOLE
from facepipe.xmp.merge import EMPTY, carried, said_by_others
from facepipe.xmp.packet import MAX_BYTES, packet_in, read_packet
from facepipe.xmp.regions import Region

SUFFIX = ".xmp"


class Places:
    """Knows where sidecars belong; each folder is looked into once."""

    def __init__(self) -> None:
        self._stems: dict[Path, Counter[str]] = {}

    def sidecar(self, photo: Path, naming: str = "") -> Path:
        """Of a photo; naming: one of NAMINGS, or "" for the one that is there, else WHOLE.

        InputError: by its short name it would be another file's too.
        """
        whole, short = photo.with_name(photo.name + SUFFIX), photo.with_suffix(SUFFIX)
        if naming == WHOLE or (not naming and (whole.is_file() or not short.is_file())):
            return whole
        if self._files(photo) <= 1:
            return short
        if naming:
            raise InputError(f"{printable(short)} would be the sidecar of several files: use --naming {WHOLE}")
        return whole

    def _files(self, photo: Path) -> int:
        """How many files but sidecars share its stem."""
        if photo.parent not in self._stems:
            names: list[Path] = []
            with suppress(OSError):  # a folder that is not there yet, or may not be listed
                names = [Path(name) for name in os.listdir(photo.parent)]
            files = (name.stem.casefold() for name in names if name.suffix.lower() != SUFFIX)
            self._stems[photo.parent] = Counter(files)
        return self._stems[photo.parent][photo.stem.casefold()]


def read_sidecar(path: Path) -> bytes:
    """A sidecar's bytes, b"" where there is none. InputError: it cannot be read, is a link, or too large."""
    try:
        if path.is_symlink():
            raise InputError(f"{printable(path)} is a link: it is left alone")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise InputError(f"cannot read {printable(path)}: {error.strerror}; it is left alone") from error
    if len(data) > MAX_BYTES:
        raise InputError(f"{printable(path)} has more than {MAX_BYTES >> 20} MB: it is left alone")
    return data


def packet_of(photo: Path) -> bytes:
    """The packet in a photo's file, b"" where there is none. OSError."""
    try:
        return packet_in(read_photo_file(photo).xmp)
    except DecodeError:  # it is damaged
        return b""


def to_begin_with(picture: PhotoPicture) -> bytes:
    """What a new sidecar of a photo begins with: what the photo itself says of people and keywords."""
    try:
        return carried(packet_in(picture.file.xmp))
    except InputError:
        return EMPTY


def write_sidecar(path: Path, data: bytes, like: Path) -> None:
    """Write a sidecar, whole or not at all, for those who may read the file `like`. StorageFull."""
    mode = stat.S_IMODE(like.stat().st_mode) & 0o666
    write_bytes(path, data)
    path.chmod(mode)


def people_said(picture: PhotoPicture, places: Places) -> list[Region]:
    """The faces of a photo that somebody has named, in its sidecar or else in itself; boxes on the upright picture.

    InputError: neither can be read.
    """
    photo = picture.file.path
    sidecar = places.sidecar(photo)
    for data, where in ((read_sidecar(sidecar), sidecar), (packet_in(picture.file.xmp), photo)):
        try:
            packet = read_packet(data) if data else None
        except InputError as error:
            raise InputError(f"{printable(where)}: the XMP cannot be read ({error}); it is left out") from error
        if packet is not None and (found := said_by_others(packet, picture.stored_wh, picture.file.orientation)):
            return found
    return []
