"""Names of people as names of folders and files: whatever somebody typed, it stays inside its folder."""

import hashlib
import os
import re
import sys
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from facepipe.errors import STEERING
from facepipe.files.removal import folded

UNKNOWN_FOLDER = "unknown"  # under people/: the faces of nobody
_MAX_BYTES = 200  # of UTF-8; file systems allow 255, the rest is for "_2.jpg" and the like

_UNSHOWN = STEERING + "\ufeff\ufffe\uffff"  # and what is no character
_UNPRINTABLE = re.compile(f"[{_UNSHOWN}]")
_FORBIDDEN = re.compile(f'[{_UNSHOWN}<>:"/\\\\|?*]')  # and what Windows forbids in a file name
# What makes a spreadsheet take a cell for a formula that it runs, at the beginning of a text or behind what some take
# for the end of a cell; the wide forms too (https://owasp.org/www-community/attacks/CSV_Injection).
_FORMULA = re.compile("((?:^|[;,])['\\s]*)[=+\\-@\uff1d\uff0b\uff0d\uff20]+")
_PLAIN = re.compile(rf"\w{{{len(UNKNOWN_FOLDER) + 1},{_MAX_BYTES}}}", re.ASCII)  # longer than any that is reserved
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?", re.IGNORECASE)


def safe_name(name: str) -> str:
    """`name` as one path component that every file system accepts.

    A name that is acceptable comes back unchanged, composed (Unicode NFC): macOS takes letters apart, and two people
    who look alike would be one. Any other is cleaned and ends in the first 8 hex digits of its
    SHA-256, so that different names stay different; "unknown" counts as unacceptable, because that folder is taken,
    and so does what a spreadsheet would take for a formula. safe_name(safe_name(x)) == safe_name(x).
    """
    if _PLAIN.fullmatch(name):
        return name  # as most, seen at a glance
    name = unicodedata.normalize("NFC", name)
    clean = _FORBIDDEN.sub("_", name).strip(" ").rstrip(". ")
    clean = not_a_formula(clean.lstrip(". "))  # hidden files and ".."
    clean = _cut(clean, _MAX_BYTES)
    reserved = _RESERVED.fullmatch(clean) or clean.casefold() == UNKNOWN_FOLDER
    if clean == name and clean and not reserved:
        return name
    return with_digest(_cut(clean, _MAX_BYTES - 12).replace(".", "_"), name)


def not_a_formula(text: str) -> str:
    """`text` as a spreadsheet shows it and does not calculate it."""
    return _FORMULA.sub(r"\1_", text)


def with_digest(text: str, name: str) -> str:
    """`text` with the first 8 hex digits of the SHA-256 of `name`; a separator before them would begin a formula."""
    text = re.sub(r"[;,'\s]+$", "", text) or "person"
    return f"{text}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def told_apart(names: Iterable[str]) -> dict[str, str]:
    """Safe names -> names that stay different on a file system that ignores case: Anna and anna-1a2b3c4d.

    Of those that are alike the first, in natural order, stays as it is.
    """
    apart: dict[str, str] = {}
    taken: set[str] = set()
    for name in sorted(names, key=natural_key):
        safe = safe_name(name)  # earlier runs have names with letters taken apart
        apart[name] = safe if folded(name) not in taken else with_digest(_cut(safe, _MAX_BYTES - 12), name)
        taken.add(folded(apart[name]))
    return apart


def printable(text: str | Path) -> str:
    """`text` with everything replaced that would steer a terminal instead of being shown, or is no text at all."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", str(text))


def why_no_text(path: Path) -> str:
    """Why a path could be written into no file, in one line; "" where it could: its name, or that of a folder that it
    lies in, is bytes of a long-gone alphabet, or this Python reads names in another one than their own."""
    try:
        str(path.absolute()).encode()
    except UnicodeEncodeError:
        alphabet = sys.getfilesystemencoding()
        if alphabet != "utf-8":
            return f"{printable(path.absolute())} is a name that Python reads as {alphabet} here: set PYTHONUTF8=1"
        return f"{printable(path.absolute())} has a name that is not valid UTF-8: rename it"
    return ""


def relative_url(path: Path, folder: Path) -> str:
    """`path` as a URL in a file that lies in `folder`; a whole one where both lie on different drives."""
    try:
        return quote(os.fsencode(os.path.relpath(path, folder).replace(os.sep, "/")))
    except ValueError:
        return path.absolute().as_uri()


def name_beside(stem: str, ending: str) -> str:
    """A name for what is made of a file called `stem`: stem and ending, cut where no file system would take that."""
    return _cut(_UNPRINTABLE.sub("_", stem), _MAX_BYTES) + ending


@lru_cache(maxsize=1 << 17)
def person_folder(person: str) -> str:
    """The folder of a person under people/; "" is nobody."""
    return safe_name(person) if person else UNKNOWN_FOLDER


def known_folder(person: str) -> str:
    """The folder of somebody who is known under people/; "" for nobody, who is ""."""
    return person_folder(person) if person else ""


@lru_cache(maxsize=1 << 17)
def natural_key(name: str) -> tuple:
    """Sorting key that puts person_2 before person_10."""
    parts: list[str | int] = [*re.split(r"(\d+)", name)]  # text and digits in turn
    parts[1::2] = map(int, parts[1::2])
    return tuple(parts), name


def _cut(text: str, size: int) -> str:
    """The longest beginning of `text` of at most `size` bytes of UTF-8."""
    return text.encode("utf-8", "surrogatepass")[:size].decode("utf-8", "ignore").rstrip(". ")
