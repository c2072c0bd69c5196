"""How many files of which type there are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from facepipe.errors import InputError
from facepipe.media.readers import readers
from facepipe.media.sources import walk
from facepipe.pictures.plots.style import (
    FAINT_HEX,
    INK_HEX,
    UNKNOWN_COLOUR,
    heading,
    new_axes,
    new_figure,
    person_colours,
    plain,
    png_bytes,
    short,
)

_MOST_BARS = 24
_BAR_PX = 24
KINDS = ("photo", "video", "other")


@dataclass(frozen=True, slots=True)
class FileType:
    """suffix: lower case, with its dot, "" for none. kind: one of KINDS. size: bytes of all of them together."""

    suffix: str
    kind: str
    files: int
    size: int


def count_types(paths: Sequence[Path], warn: Callable[[str], None]) -> list[FileType]:
    """The types of all files that a run would look at, most frequent first. InputError: a path that is missing."""
    counted: dict[str, list[int]] = {}
    for path in paths:
        if not path.exists():
            raise InputError(f"no such file or folder: {path}")
        for file in walk(path, warn) if path.is_dir() else [path]:
            files_and_size = counted.setdefault(file.suffix.lower(), [0, 0])
            files_and_size[0] += 1
            files_and_size[1] += file.stat().st_size
    kinds = _kinds()
    types = [FileType(suffix, kinds.get(suffix, "other"), files, size) for suffix, (files, size) in counted.items()]
    return sorted(types, key=lambda t: (-t.files, t.suffix))


def bar_chart(types: Sequence[FileType], title: str) -> bytes:
    """A PNG with a bar a type, coloured by kind; the rarest are put together when there are many."""
    shown = list(types[:_MOST_BARS])
    if rest := types[_MOST_BARS:]:
        shown.append(FileType(f"{len(rest)} more", "other", sum(t.files for t in rest), sum(t.size for t in rest)))
    colours = dict(zip(KINDS, [*person_colours(2), UNKNOWN_COLOUR], strict=True))
    figure = new_figure(820, 130 + _BAR_PX * max(1, len(shown)))
    total = sum(t.files for t in types)
    heading(figure, "Files by type", f"{total:,} files in {short(title, 80)}")
    axes = new_axes(figure, left=96, top=84, right=80, bottom=20)
    axes.barh(range(len(shown)), [t.files for t in shown], height=0.72, color=[colours[t.kind] for t in shown])
    axes.set_yticks(range(len(shown)), [short(t.suffix or "(none)", 12) for t in shown], color=INK_HEX)
    for label in axes.get_yticklabels():
        plain(label)
    axes.invert_yaxis()
    axes.set_xticks([])
    for row, file_type in enumerate(shown):
        axes.annotate(
            f"{file_type.files:,}", (file_type.files, row), (5, 0), textcoords="offset points", va="center",
            size=9, color=INK_HEX,
        )  # fmt: skip
    width, height = figure.get_size_inches() * figure.dpi
    for place, kind in enumerate(KINDS):
        left = width - 290 + 90 * place
        figure.text(left / width, 1 - 30 / height, "■", size=11, color=colours[kind], va="top")
        figure.text((left + 16) / width, 1 - 31 / height, kind, size=9.5, color=FAINT_HEX, va="top")
    return png_bytes(figure)


def _kinds() -> dict[str, str]:
    """The kind of every suffix that is read; photo where both are possible."""
    return {suffix: reader.kind for reader in readers(("video", "photo")) for suffix in reader.suffixes}
