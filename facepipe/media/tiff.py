"""A TIFF read a band of rows at a time: as small TIFFs that hold some of its strips, or rows of tiles, and no metadata.

Adobe, "TIFF Revision 6.0" (1992), and Aware Systems, "The BigTIFF File Format", for the layout of the directory.
"""

import io
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from facepipe.geometry import Size
from facepipe.media.pillow import opened
from facepipe.media.pixels import BAND_BYTES, Bands

_WIDTH, _LENGTH, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_STRIP_OFFSETS, _SAMPLES, _STRIP_ROWS, _STRIP_BYTES, _PLANAR = 273, 277, 278, 279, 284
_TILE_WIDTH, _TILE_LENGTH, _TILE_OFFSETS, _TILE_BYTES = 322, 323, 324, 325
_KIND, _OLD_KIND = 254, 255  # what a picture is to the others of the file
# Besides those: how values are packed, what they mean, what decompression needs.
_KEPT = (_WIDTH, _BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLES, _PLANAR, _TILE_WIDTH, _TILE_LENGTH)
_KEPT += (266, 292, 293, 317, 320, 332, 338, 339, 347, 529, 530, 531, 532)
_TYPES = {1: "B", 2: "B", 3: "H", 4: "I", 5: "Q", 6: "b", 7: "B", 8: "h", 9: "i", 10: "q", 11: "f", 12: "d"}
_TYPES |= {13: "I", 16: "Q", 17: "q", 18: "Q"}
_LONG, _ONLY_BIG = 4, (16, 17, 18)
_MAX_VALUES = 1 << 20  # of a tag: a strip a row of the tallest picture
_YCBCR = 6  # photometric interpretation
_SMALLER, _MASK, _OLD_SMALLER = 1, 4, 2  # no page, but a copy or a mask of one: bits of its kind, the old kind
_KINDS_WITHIN = 8  # entries: the lowest tags come first
_MOST_PAGES = 10_000  # that are counted
_MOST_TAGS = 1 << 16


@dataclass(frozen=True, slots=True)
class _Tag:
    """A directory entry: its type's number, how many values, and where they stand in the file."""

    kind: int
    count: int
    place: int


@dataclass(frozen=True, slots=True)
class Tiff:
    """The first picture of a TIFF.

    size_wh: as stored. pages: how many pictures there are. mode: Pillow's. band_bytes: that decoding one band takes.
    opened: gives, as a context, a function that gives the bands.
    """

    size_wh: Size
    pages: int
    mode: str
    band_bytes: int
    opened: Callable[[], object]


def read_tiff(path: Path) -> Tiff:
    """The header of a TIFF. ValueError, KeyError, struct.error or another error of a library: it is damaged."""
    with path.open("rb") as file:
        pieces = _Pieces.read(file)
        with opened(io.BytesIO(pieces.small_tiff(file, range(0))), "TIFF") as image:
            mode = image.mode
        pages = _count_pages(file, pieces.directory)

    @contextmanager
    def bands_of() -> Iterator[Callable[[], Bands]]:
        with path.open("rb") as file:
            yield lambda: _bands(file, pieces)

    return Tiff(pieces.size_wh, pages, mode, pieces.band_bytes, bands_of)


def _bands(file: BinaryIO, pieces: "_Pieces") -> Bands:
    for first in range(0, pieces.down, pieces.rows_of_pieces):
        chosen = range(first, min(pieces.down, first + pieces.rows_of_pieces))
        with opened(io.BytesIO(pieces.small_tiff(file, chosen)), "TIFF") as image:
            image.load()
        yield first * pieces.rows, image


def _count_pages(file: BinaryIO, first: "_Directory") -> int:
    """How many pictures stand behind each other, smaller copies and masks left out; as far as that can be read."""
    pages, seen, here = 1, {0, first.place}, first
    try:
        while here.following not in seen and pages < _MOST_PAGES:
            seen.add(here.following)
            here = _Directory.at(file, here.following, here.order, here.big, most=_KINDS_WITHIN)
            kind, old = here.first(file, _KIND, 0), here.first(file, _OLD_KIND, 0)
            pages += not kind & (_SMALLER | _MASK) and old != _OLD_SMALLER
    except (struct.error, ValueError, OverflowError, OSError):  # the first picture is whole all the same
        pass
    return pages


@dataclass(frozen=True, slots=True)
class _Directory:
    """order: "<" or ">". big: of a BigTIFF. place: in the file. tags: its entries. following: the place of the next
    one, 0 if there is none."""

    order: str
    big: bool
    place: int
    tags: dict[int, _Tag]
    following: int

    @classmethod
    def read(cls, file: BinaryIO) -> "_Directory":
        """The first one of a file."""
        head = file.read(16)
        order = "<" if head[:2] == b"II" else ">"
        big = struct.unpack_from(order + "H", head, 2)[0] == 43
        (start,) = struct.unpack_from(order + ("Q" if big else "I"), head, 8 if big else 4)
        return cls.at(file, start, order, big)

    @classmethod
    def at(cls, file: BinaryIO, start: int, order: str, big: bool, most: int = _MOST_TAGS) -> "_Directory":
        """The one that stands at `start`, with the first `most` of its entries."""
        file.seek(start)
        (count,) = struct.unpack(order + ("Q" if big else "H"), file.read(8 if big else 2))
        entry = struct.Struct(order + ("HHQ" if big else "HHI"))
        room = 8 if big else 4  # for values in the entry itself
        table = file.read(min(count, most) * (entry.size + room))
        tags: dict[int, _Tag] = {}
        for at in range(0, len(table) - entry.size - room + 1, entry.size + room):
            number, kind, values = entry.unpack_from(table, at)
            if kind not in _TYPES or number in tags:
                continue
            place = start + (8 if big else 2) + at + entry.size
            if values * struct.calcsize("=" + _TYPES[kind]) > room:
                (place,) = struct.unpack_from(order + ("Q" if big else "I"), table, at + entry.size)
            tags[number] = _Tag(kind, values, place)
        behind = b""
        if count <= _MOST_TAGS:
            file.seek(start + (8 if big else 2) + count * (entry.size + room))
            behind = file.read(room)
        return cls(order, big, start, tags, int.from_bytes(behind, "little" if order == "<" else "big"))

    def values(self, file: BinaryIO, number: int) -> Sequence[int]:
        """The values of a tag, () where it is missing."""
        tag = self.tags.get(number)
        if tag is None or tag.count > _MAX_VALUES:
            return ()
        layout = struct.Struct(f"{self.order}{tag.count}{_TYPES[tag.kind]}")
        file.seek(tag.place)
        return layout.unpack(file.read(layout.size))

    def first(self, file: BinaryIO, number: int, default: int) -> int:
        """The first value of a tag; `default` where it is missing."""
        tag = self.tags.get(number)
        if tag is None or not 0 < tag.count <= _MAX_VALUES:
            return default
        layout = struct.Struct(self.order + _TYPES[tag.kind])
        file.seek(tag.place)
        return int(layout.unpack(file.read(layout.size))[0])

    def raw(self, file: BinaryIO, number: int, most: int) -> bytes:
        """The bytes of a tag, not more than `most`."""
        tag = self.tags.get(number)
        if tag is None:
            return b""
        file.seek(tag.place)
        return file.read(min(most, tag.count * struct.calcsize("=" + _TYPES[tag.kind])))


@dataclass(frozen=True, slots=True)
class _Pieces:
    """How the pixels are cut into strips or tiles.

    rows: of a piece. down: pieces below each other (strips, rows of tiles). across: pieces beside each other.
    planes: how often all of that is stored, once for each sample where samples lie apart.
    places: (offset, bytes) of each piece, plane by plane, row by row. row_bytes: of a row of all samples, unpacked.
    """

    directory: _Directory
    size_wh: Size
    tiled: bool
    rows: int
    down: int
    across: int
    planes: int
    places: tuple[tuple[int, int], ...]
    row_bytes: int

    @classmethod
    def read(cls, file: BinaryIO) -> "_Pieces":
        directory = _Directory.read(file)

        def first(number: int, default: int) -> int:
            return directory.first(file, number, default)

        width, height, samples = first(_WIDTH, 0), first(_LENGTH, 0), first(_SAMPLES, 1)
        if min(width, height, samples) <= 0:
            raise ValueError("its size is missing")
        bits = max(directory.values(file, _BITS) or (1,))
        planes = samples if first(_PLANAR, 1) == 2 else 1
        tiled = _TILE_OFFSETS in directory.tags
        rows = first(_TILE_LENGTH, 0) if tiled else min(max(1, first(_STRIP_ROWS, height)), height)
        across, down = -(-width // first(_TILE_WIDTH, 0)) if tiled else 1, -(-height // rows)
        stored = -(-(first(_TILE_WIDTH, 0) if tiled else width) * bits * samples // planes // 8)  # a row in a piece
        offsets = directory.values(file, _TILE_OFFSETS if tiled else _STRIP_OFFSETS)
        sizes = directory.values(file, _TILE_BYTES if tiled else _STRIP_BYTES)
        total = down * across * planes
        if len(offsets) < total:
            raise ValueError(f"of its {total} pieces only {len(offsets)} are listed")
        plain = not tiled and first(_COMPRESSION, 1) == 1 and first(_PHOTOMETRIC, 0) != _YCBCR
        if len(sizes) < total or not all(sizes[:total]):
            sizes = [stored * rows] * total
        # No packing makes data twice as long; a length that says so would have the file read over and over.
        most = 2 * stored * rows + (1 << 16)
        places = [(offset, min(size, most)) for offset, size in zip(offsets[:total], sizes[:total], strict=True)]
        row_bytes = -(-width * bits * samples // 8)
        if plain and rows * row_bytes > BAND_BYTES:
            rows, places = _cut(places, rows, down, height, stored, max(1, BAND_BYTES // row_bytes))
            down = -(-height // rows)
        return cls(directory, (width, height), tiled, rows, down, across, planes, tuple(places), row_bytes)

    @property
    def rows_of_pieces(self) -> int:
        """How many rows of pieces make a band."""
        return max(1, BAND_BYTES // max(1, self.row_bytes * self.rows))

    @property
    def band_bytes(self) -> int:
        """What decoding a band takes: its pieces twice, unpacked, and as Pillow has pictures, 4 bytes a pixel."""
        stored = self.rows_of_pieces * self.across * self.planes * max(size for _, size in self.places)
        rows = min(self.size_wh[1], self.rows_of_pieces * self.rows)
        return 2 * stored + rows * (self.row_bytes + 4 * self.size_wh[0])

    def small_tiff(self, file: BinaryIO, chosen: range) -> bytes:
        """A TIFF of the strips or rows of tiles `chosen`; of none, its header alone."""
        order = self.directory.order
        height = self.size_wh[1]
        rows = min(height, chosen.stop * self.rows) - chosen.start * self.rows if chosen else height
        picked = [
            self.places[(plane * self.down + row) * self.across + column]
            for plane in range(self.planes)
            for row in chosen
            for column in range(self.across)
        ]
        body, offsets = bytearray(8), []
        for offset, size in picked:
            offsets.append(len(body))
            file.seek(offset)
            body += file.read(size)
        entries = {number: self._copied(file, number) for number in _KEPT if number in self.directory.tags}
        entries[_LENGTH] = _entry(order, _LONG, [rows])
        if not self.tiled:
            entries[_STRIP_ROWS] = _entry(order, _LONG, [self.rows])
        listed = (_TILE_OFFSETS, _TILE_BYTES) if self.tiled else (_STRIP_OFFSETS, _STRIP_BYTES)
        entries[listed[0]] = _entry(order, _LONG, offsets or [8])
        entries[listed[1]] = _entry(order, _LONG, [size for _, size in picked] or [0])
        return _with_directory(body, entries, order)

    def _copied(self, file: BinaryIO, number: int) -> tuple[int, int, bytes]:
        tag = self.directory.tags[number]
        if tag.kind in _ONLY_BIG:
            return _entry(self.directory.order, _LONG, self.directory.values(file, number))
        return tag.kind, tag.count, self.directory.raw(file, number, 1 << 24)


def _cut(
    places: Sequence[tuple[int, int]], rows: int, down: int, height: int, row_bytes: int, most: int
) -> tuple[int, list[tuple[int, int]]]:
    """Large strips that are not packed, cut by rows: how many a piece, and the places of all pieces."""
    if down > 1:
        most = max(part for part in range(1, most + 1) if rows % part == 0)
    return most, [
        (offset + row_bytes * top, row_bytes * min(most, rows_here - top))
        for place, (offset, _) in enumerate(places)
        for rows_here in [min(rows, height - rows * (place % down))]
        for top in range(0, rows_here, most)
    ]


def _entry(order: str, kind: int, values: Sequence[int]) -> tuple[int, int, bytes]:
    return kind, len(values), struct.pack(f"{order}{len(values)}{_TYPES[kind]}", *values)


def _with_directory(body: bytearray, entries: dict[int, tuple[int, int, bytes]], order: str) -> bytes:
    """`body`, whose first 8 bytes are free, with a header and a directory of (type, count, values) by tag."""
    table = bytearray(struct.pack(order + "H", len(entries)))
    for number, (kind, count, values) in sorted(entries.items()):
        if len(values) > 4:
            body += bytes(len(body) % 2)
            place = struct.pack(order + "I", len(body))
            body += values
        else:
            place = values.ljust(4, b"\0")
        table += struct.pack(order + "HHI", number, kind, count) + place
    body += bytes(len(body) % 2)
    body[:8] = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, len(body))
    return bytes(body + table + bytes(4))
