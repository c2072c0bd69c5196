"""Letters for people's names: those of DejaVu Sans, which comes along and is the same on every machine, and for what it
lacks those of a font that the system has."""

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path

from PIL import ImageFont, features

_LATIN = "\u024f"  # the last letter of Latin Extended-B; DejaVu has all up to there, and need not be asked
_JOINED = ("Mn", "Mc", "Me", "Cf")  # kinds of characters that belong to the one before
_REGULAR = 400  # the usual weight of a font
_ALL_BOXES = "lastresort"  # fonts that have a box for everything


def drawable(text: str) -> str:
    """`text` with a box for every character that no font can draw."""
    if _is_latin(text):
        return text
    letters = _letters(font_file(), text).values()
    return "".join(char if _is_letter(char) and any(ord(char) in some for some in letters) else "□" for char in text)


def without_font(names: Iterable[str]) -> list[str]:
    """Those of the names for which a box has to stand somewhere, sorted."""
    return sorted(name for name in names if drawable(name) != name)


def _is_letter(char: str) -> bool:
    """Whether it is none that steers a terminal, which some fonts have too, as nothing."""
    return unicodedata.category(char) != "Cc"


def runs(text: str, size: int, bold: bool = False) -> Iterator[tuple[str, ImageFont.FreeTypeFont]]:
    """The parts of a text that one font draws, in their order, each with that font, of `size` pixels. text: `drawable`.

    Scripts are shaped, and written from the right where that is their way, if Pillow has been built for it.
    """
    own = font_file(bold)
    if _is_latin(text):
        yield text, _font(own, size, False)
        return
    letters, here, files = _letters(own, text), own, []
    for char in text:
        if not (unicodedata.category(char) in _JOINED and ord(char) in letters[here]):
            here = next((path for path, some in letters.items() if ord(char) in some), own)
        files.append(here)
    for path, part in groupby(zip(files, text, strict=True), key=lambda pair: pair[0]):
        yield "".join(char for _, char in part), _font(path, size, True)


def ascent(size: int, bold: bool = False) -> int:
    """How far a line of `size` pixels reaches above the feet of its letters."""
    return _font(font_file(bold), size, False).getmetrics()[0]


def font_file(bold: bool = False) -> Path:
    """Where DejaVu Sans is."""
    # Matplotlib is a dependency and brings it. It need not be imported.
    (package,) = find_spec("matplotlib").submodule_search_locations
    return Path(package, "mpl-data", "fonts", "ttf", "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")


def others_for(text: str) -> tuple[Path, ...]:
    """Fonts of the system that have what DejaVu lacks of a text; none for most texts."""
    lacking = frozenset() if _is_latin(text) else frozenset(map(ord, text)) - _glyphs()
    return _with(lacking) if lacking else ()


@lru_cache(maxsize=1 << 12)
def _with(letters: frozenset[int]) -> tuple[Path, ...]:
    """Fonts of the system that have these letters, as far as any has them: the one that has most of them first."""
    fonts, found = _system_fonts(), []
    while best := max(fonts, key=lambda path: len(letters & fonts[path]), default=None):
        if letters.isdisjoint(fonts[best]):
            break
        found.append(best)
        letters -= fonts[best]
    return tuple(found)


def _is_latin(text: str) -> bool:
    return text.isprintable() and max(text, default="") <= _LATIN


def _letters(own: Path, text: str) -> dict[Path, frozenset[int]]:
    """The fonts with which a text is drawn, DejaVu first, and which letters they have."""
    return {own: _glyphs(), **{path: _system_fonts()[path] for path in others_for(text)}}


@lru_cache(maxsize=1)
def _glyphs() -> frozenset[int]:
    from matplotlib.ft2font import FT2Font  # which takes long to import, as below

    # A person's name is drawn in both weights.
    return frozenset.intersection(*(frozenset(FT2Font(str(font_file(bold))).get_charmap()) for bold in (False, True)))


@lru_cache(maxsize=1)
def _system_fonts() -> dict[Path, frozenset[int]]:
    """The upright fonts of this machine of usual weight, plain ones first, and which letters they have."""
    from matplotlib.font_manager import findSystemFonts, ttfFontProperty
    from matplotlib.ft2font import FT2Font

    found = []
    for path in sorted(findSystemFonts()):
        try:
            font = FT2Font(path)
            about = ttfFontProperty(font)
            letters = frozenset(font.get_charmap())
        except (OSError, RuntimeError, ValueError, KeyError):  # damaged, or of bitmaps
            continue
        name = about.name.replace(" ", "").lower()
        if (about.style, about.weight) == ("normal", _REGULAR) and _ALL_BOXES not in name:
            found.append(("sans" not in name, "mono" in name, path, letters))
    return {Path(path): letters for *_, path, letters in sorted(found, key=lambda font: font[:3])}


@lru_cache(maxsize=64)
def _font(path: Path, size: int, shaped: bool) -> ImageFont.FreeTypeFont:
    layout = ImageFont.Layout.RAQM if shaped and features.check("raqm") else ImageFont.Layout.BASIC
    return ImageFont.truetype(str(path), size, layout_engine=layout)
