"""Which files are looked at: found in folders, named for people, identified by their content.

A file's id comes from its content, so that it keeps it wherever it lies; its name comes from where it was found.
"""

import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path, PurePath, PurePosixPath

from facepipe.callbacks import Warn, no_warning
from facepipe.contracts import Reader
from facepipe.errors import InputError
from facepipe.files.hashing import sha256_of
from facepipe.files.names import printable, why_no_text, with_digest
from facepipe.media.live_photos import moving_halves
from facepipe.media.readers import reader_of_content, reader_of_suffix, readers
from facepipe.records import Source
from facepipe.runs.layout import RUN
from facepipe.runs.ours import OURS, is_ours
from facepipe.words import counted

# Raw files of cameras, newer or rarer formats of pictures and videos: what somebody may think was looked at.
_OTHER_PHOTOS = frozenset(
    ".3fr .arw .cr2 .cr3 .crw .dcr .dng .dpx .erf .exr .fff .gpr .hdr .iiq .jxl .jxr .kdc .mef .mos .mrw .nef .nrw "
    ".orf .pcx .pef .psb .psd .raf .raw .rw2 .rwl .sr2 .srf .srw .svg .tga .wdp .x3f .xcf".split()
)
_OTHER_VIDEOS = frozenset(
    ".264 .265 .360 .amv .av1 .bik .braw .dav .dvr-ms .evo .h264 .h265 .hevc .insv .ivf .mj2 .mk3d .mvi .r3d .rec .swf "
    ".wtv".split()
)

# Where other programs keep thumbnails, previews and what was thrown away: NAS systems, Windows, Linux desktops,
# Lightroom, macOS archives.
_SIDE_FOLDERS = frozenset("@eadir @recycle #recycle $recycle.bin recycler __macosx .thumbnails".split())
_SIDE_ENDINGS = (".lrdata", ".lrcat-data")

_ALSO_CODE = frozenset({".ts", ".mts"})  # TypeScript too
_TOLD = 4096  # bytes by which that is told from a transport stream, which has zeros in each table
_SLUG_LENGTH = 24
_OPTIONS = {"video": "--video", "photo": "--images"}  # for folders of one kind

_Found = tuple[Path, int, Reader]  # a file, how many parts of its path make its name, what reads it


def find_sources(
    paths: Sequence[Path],
    warn: Warn,
    *,
    kinds: Collection[str] = ("video",),
    hash_file: Callable[[Path], str] = sha256_of,
) -> list[Source]:
    """The videos and photos (`kinds`) that `paths` name: see `find_inputs`."""
    return find_inputs([(path, kinds) for path in paths], warn, hash_file=hash_file)


def find_inputs(
    paths: Sequence[tuple[Path, Collection[str]]],
    warn: Warn,
    *,
    hash_file: Callable[[Path], str] = sha256_of,
    passed_over: Counter[str] | None = None,
    made: Callable[[Path], bool] | None = None,
) -> list[Source]:
    """The sources that paths name, each with the kinds wanted of it: files, or folders searched recursively and sorted.

    Hidden files, editors' backups, other programs' thumbnails and bins, and the moving half of live photos (a short
    IMG_1.MOV in a folder where IMG_1.HEIC beside it is a source) are left out. Files with the same content count once.
    What cannot be read is left out where there is something else; `warn` is told of all these but the first three.
    `hash_file` gives the SHA-256 of a file; pass one that remembers to spare reading a big library again.
    passed_over: counts, by suffix (lower case, with its dot), files in folders that are pictures or videos, of a kind
        that is wanted, in a format that is not looked at: RAW, JPEG XL, Photoshop, ...
    made: tells which files facepipe has made of inputs: they are none where they lie in a folder.
    InputError: a path that is missing, a folder with nothing in it, or nothing that can be read at all.
    """
    found: list[_Found] = []
    refused: list[InputError] = []
    passed_over = Counter() if passed_over is None else passed_over
    for path, kinds in ((Path(path), kinds) for path, kinds in paths):
        if _is(path, Path.is_dir):
            others: Counter[str] = Counter()
            inside = [item for item in _in_folder(path, kinds, warn, others) if not (made and made(item[0]))]
            passed_over.update(others)
            if not inside:
                if is_ours(path, (RUN,)):
                    what = f"{printable(path)} is what a run has made"
                    raise InputError(f"{what}: name the videos and photos it is made of")
                unread = counted(others.total(), "file that cannot be read", "files that cannot be read")
                where = f"{printable(path)} but {unread} ({', '.join(sorted(others))})" if others else printable(path)
                raise InputError(f"no {' or '.join(kinds)} in {where}: {_what_else(path, kinds)}")
            found += inside
        elif not _is(path, Path.exists):
            raise InputError(f"no such file or folder: {printable(path)}")
        else:
            try:
                found.append((path, 1, _reader_of(path, kinds)))
            except InputError as error:
                refused.append(error)
    halves = moving_halves([path for path, *_ in found], {Path(path) for path, _ in paths}, warn)
    found = [item for item in found if item[0] not in halves]
    sources = _identify(found, warn, hash_file, refused)
    if not sources:
        raise refused[0]
    for error in refused:
        warn(f"{error}; it was left out")
    return sources


def _what_else(folder: Path, kinds: Collection[str]) -> str:
    """What to do about a folder that holds nothing of these kinds."""
    for kind, option in _OPTIONS.items():
        if kind not in kinds and (number := sum(1 for _ in _in_folder(folder, [kind], no_warning, Counter()))):
            return f"it holds {counted(number, kind)}, for which there is {option}"
    return "give a folder or file that holds one"


def _is(path: Path, question: Callable[[Path], bool]) -> bool:
    """The answer to a question about a path; InputError where it cannot even be asked (a name that is too long)."""
    try:
        return question(path)
    except OSError as error:
        raise InputError(f"cannot look at {printable(path)}: {error.strerror}") from error


def _in_folder(folder: Path, kinds: Collection[str], warn: Warn, passed_over: Counter[str]) -> Iterator[_Found]:
    for path in walk(folder, warn):
        reader = _reader_in_folder(path, kinds, passed_over)
        if reader is None:
            continue
        try:
            empty = path.stat().st_size == 0
            if path.suffix.lower() in _ALSO_CODE and not empty and _is_text(path):
                continue
        except OSError as error:
            warn(f"cannot look at {printable(path)}: {error.strerror}; it was left out")
            continue
        if empty:
            warn(f"{printable(path)} is empty (0 bytes) and was left out")
        else:
            yield path, len(path.relative_to(folder).parts), reader


def _is_text(path: Path) -> bool:
    with path.open("rb") as file:
        return b"\0" not in file.read(_TOLD)


def _reader_in_folder(path: PurePath, kinds: Collection[str], passed_over: Counter[str]) -> Reader | None:
    """What reads a file that was found in a folder; `passed_over` counts those that nothing reads."""
    reader, suffix = reader_of_suffix(path, kinds), path.suffix.lower()
    if reader is None and (
        ("photo" in kinds and suffix in _OTHER_PHOTOS) or ("video" in kinds and suffix in _OTHER_VIDEOS)
    ):
        passed_over[suffix] += 1
    return reader


def is_wanted(name: PurePosixPath, kinds: Collection[str], passed_over: Counter[str]) -> bool:
    """Whether a file of that name below a folder would be looked at, itself or as a photo's sidecar. passed_over: see
    `find_inputs`."""
    if any(_is_clutter(part) for part in name.parts):
        return False
    is_sidecar = "photo" in kinds and name.suffix.lower() == ".xmp"
    return is_sidecar or _reader_in_folder(name, kinds, passed_over) is not None


def walk(folder: Path, warn: Warn) -> Iterator[Path]:
    """Every regular file under `folder`, sorted, each folder once however often links lead to it."""
    seen: set[tuple[int, int]] = set()

    def unreadable(error: OSError) -> None:
        warn(f"cannot look into {printable(error.filename)}: {error.strerror}; it was left out")

    for root, folders, files in os.walk(folder, followlinks=True, onerror=unreadable):
        here = Path(root)
        try:
            state = here.stat()
        except OSError as error:
            unreadable(error)
            folders.clear()
            continue
        if (state.st_dev, state.st_ino) in seen:
            folders.clear()
            continue
        seen.add((state.st_dev, state.st_ino))
        # Crops, sheets and exported pictures are no photos of anybody's. Who names an export means it.
        if is_ours(here, (RUN,) if here == folder else OURS):
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not _is_clutter(name))
        for path in (here / name for name in sorted(files) if not _is_clutter(name)):
            try:
                if path.is_file():
                    yield path
            except OSError as error:  # a folder that may be listed, but not entered
                warn(f"cannot look at {printable(path)}: {error.strerror}; it was left out")


def _is_clutter(name: str) -> bool:
    """Whether a file or folder is hidden, a backup, or what another program keeps beside the pictures of a library."""
    lower = name.lower()
    if lower in _SIDE_FOLDERS or lower.endswith(_SIDE_ENDINGS):
        return True
    return name.startswith((".", "~$")) or name.endswith("~") or (name[:1] == name[-1:] == "#")


def _reader_of(path: Path, kinds: Collection[str]) -> Reader:
    """What reads a file that was named directly; its content decides where its suffix says nothing."""
    if not path.is_file():
        raise InputError(f"{printable(path)} is neither a file nor a folder")
    if path.stat().st_size == 0:
        raise InputError(f"{printable(path)} is empty (0 bytes): copy or download it again")
    if reader := reader_of_suffix(path, kinds):
        return reader
    if path.suffix.lower() in _OTHER_PHOTOS:  # a RAW file often begins like a TIFF, with a thumbnail
        raise InputError(f"{printable(path)} is in a format that facepipe cannot read: save it as a JPEG")
    is_known = any(path.suffix.lower() in reader.suffixes for reader in readers(("video", "photo")))
    if not is_known and (reader := reader_of_content(path, kinds)):
        return reader
    raise InputError(f"{printable(path)} is not a {' or '.join(kinds)} that facepipe can read")


def _identify(
    found: list[_Found], warn: Warn, hash_file: Callable[[Path], str], refused: list[InputError]
) -> list[Source]:
    """The sources of what was found; an error for each file that cannot be read is added to `refused`."""
    first: dict[str, tuple[int, int]] = {}  # SHA-256 -> its place in `found`, and the file's bytes
    for place, (path, _, _) in enumerate(found):
        try:
            if why := why_no_text(path):
                raise InputError(why)
            size = path.stat().st_size
            kept, _ = first.setdefault(hash_file(path), (place, size))
        except InputError as error:
            refused.append(error)
            continue
        except OSError as error:
            refused.append(InputError(f"cannot read {printable(path)}: {error.strerror or error}"))
            continue
        if kept != place:
            warn(f"{printable(path)} is the same file as {printable(found[kept][0])} and was left out")
    names = _distinct_names([(found[place][0], found[place][1]) for place, _ in first.values()])
    sources: dict[str, Source] = {}
    for (digest, (place, size)), name in zip(first.items(), names, strict=True):
        path, _, reader = found[place]
        source = Source(
            f"{_slug(path.stem)}-{digest[:8]}", name, path, digest, size, reader.kind == "video", reader.name
        )
        clash = sources.setdefault(source.source_id, source)
        if clash is not source:
            pair = f"{printable(path)} and {printable(clash.path)}"
            refused.append(InputError(f"{pair} get the same id {source.source_id}: rename one of them"))
    return list(sources.values())


def _slug(stem: str) -> str:
    """At most 24 ASCII characters of a file's stem that are safe in any file name."""
    return re.sub(r"[^A-Za-z0-9_.-]", "-", stem)[:_SLUG_LENGTH].strip(".-") or "file"


def _distinct_names(files: list[tuple[Path, int]]) -> list[str]:
    """A name for each file: the last parts of its path, with parent folders put before it until all differ."""
    parts = [path.absolute().parts for path, _ in files]
    lengths = [length for _, length in files]
    while True:
        names = ["/".join(p[-n:]) for p, n in zip(parts, lengths, strict=True)]
        places: dict[str, list[int]] = {}
        for place, name in enumerate(names):
            places.setdefault(name, []).append(place)
        clashing = [i for same in places.values() if len(same) > 1 for i in same if lengths[i] < len(parts[i])]
        if not clashing:
            return _all_readable(names)
        for place in clashing:
            lengths[place] += 1


def _all_readable(names: list[str]) -> list[str]:
    """`names` with everything replaced that cannot be shown or stored as UTF-8 text; they stay different."""
    taken: set[str] = set()
    found = []
    for name in names:
        shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)
        if shown in taken:
            path = PurePosixPath(shown)
            shown = str(path.with_name(with_digest(path.stem, name) + path.suffix))
        taken.add(shown)
        found.append(shown)
    return found
