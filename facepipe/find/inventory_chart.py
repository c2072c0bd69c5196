"""The bar chart of `facepipe inventory`. It loads Matplotlib, which the count alone does not need."""

from collections.abc import Sequence

from facepipe.find.inventory import KINDS, FileType
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
from facepipe.words import counted

_MOST_BARS = 24
_BAR_PX = 24


def bar_chart(types: Sequence[FileType], title: str) -> bytes:
    """A PNG with a bar a type, coloured by kind; the rarest are put together when there are many."""
    shown = list(types[:_MOST_BARS])
    if rest := types[_MOST_BARS:]:
        shown.append(FileType(f"{len(rest)} more", "other", sum(t.files for t in rest), sum(t.size for t in rest)))
    colours = dict(zip(KINDS, [*person_colours(2), UNKNOWN_COLOUR], strict=True))
    figure = new_figure(820, 130 + _BAR_PX * max(1, len(shown)))
    total = sum(t.files for t in types)
    heading(figure, "Files by type", f"{counted(total, 'file')} in {short(title, 80)}")
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
