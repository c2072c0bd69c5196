"""The files that somebody owns, in a text file that grows: each is listed before it is written, and until it is gone.

A line is a mark, a blank and a path, or a folder, "//" and the names of several files in it with slashes between them.
Marks: "+" for a file that is about to be written, "-" for one that is given up, and the digest of what a file was made
of once that is written. What was made of the same thing need not be made again.
"""

import hashlib
import string
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from facepipe.errors import StoreError
from facepipe.files.atomic import append_bytes, write_bytes
from facepipe.files.lines import whole_lines
from facepipe.files.paths import Paths, folder_and_name
from facepipe.files.removal import stays_inside

_HEADS = "facepipe-files-2", "facepipe-files-1"  # what is written, and is read; the older one lists each file alone
_OWNED, _GONE = "+", "-"
_NO_FILES: dict[str, str] = {}
_PLAIN = (string.ascii_letters + string.digits + "_-+./ \n").encode()  # in paths that stay inside, if none has ".."
_MOST_DEAD = 1_000  # entries that say nothing any more, beside as many as there are files, before all is written anew


def recipe(of: Any) -> str:
    """The digest of what a file is made of: builtins, whose `repr` tells them apart."""
    return hashlib.sha256(repr(of).encode("utf-8", "surrogatepass")).hexdigest()[:20]


class Ledger(Mapping[str, str]):
    """The paths (relative, with slashes) that are owned, in the file `path`, and of what each is made, "" where that is
    not known.

    listed: paths that are owned although there is no such file yet. folders: the same by folder and name.
    """

    def __init__(self, path: Path, listed: Iterable[str] = ()) -> None:
        self.path = path
        self.folders: dict[str, dict[str, str]] = {}
        self._dead = 0
        self._whole = False  # whether the file says all that is known, in whole lines
        for name in listed:
            self._note(_OWNED, *_one(name))

    @classmethod
    def read(cls, path: Path) -> "Ledger":
        """What the file says; a last line that was cut short by a kill says nothing. OSError where it cannot be read;
        ValueError: it is no such list, or lists what lies elsewhere."""
        ledger = cls(path)
        with path.open("rb") as file:
            head = file.readline().decode()
            if head.removesuffix("\n") not in _HEADS:
                raise ValueError("it does not begin as such a list does")
            ledger._whole = head == f"{_HEADS[0]}\n"
            for block in whole_lines(file):
                end = block.rfind(b"\n") + 1
                ledger._read_lines(block[:end])
                ledger._whole &= end == len(block)
        return ledger

    def _read_lines(self, block: bytes) -> None:
        plain = not block.translate(None, _PLAIN) and b".." not in block  # nearly always; there may be very much
        for line in block.decode().split("\n")[:-1]:
            mark, _, listed = line.partition(" ")
            folder, several, rest = listed.partition("//")
            folder, names = (folder, rest.split("/")) if several else _one(listed)
            inside = (plain and listed[:1].isalnum()) or stays_inside(f"{folder}/{rest}" if several else listed)
            if not (mark and all(names) and inside):
                raise ValueError("it lists files outside its folder")
            self._note(mark, folder, names)

    def __getitem__(self, name: str) -> str:
        folder, last = folder_and_name(name)
        return self.folders[folder][last]

    def get(self, name: str, default: str | None = None) -> str | None:  # a command asks for every file
        folder, last = folder_and_name(name)
        return self.folders.get(folder, _NO_FILES).get(last, default)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self.paths)

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def paths(self) -> Paths:
        return Paths(self.folders)

    def below(self, folder: str) -> Paths:
        """The files of a folder, relative to it."""
        start = f"{folder}/"
        inside = ((name, names) for name, names in self.folders.items() if f"{name}/".startswith(start))
        return Paths({name[len(start) :]: names for name, names in inside})

    def claim(self, names: Iterable[str]) -> None:
        """List files that are about to be written: of what those are made that were there is not known any more."""
        self._append([(_OWNED, name) for name in sorted(names) if self.get(name) != ""])

    def made(self, recipes: Mapping[str, str]) -> None:
        """Note of what files, which are listed, are made."""
        self._append([(made_of or _OWNED, name) for name, made_of in recipes.items() if self[name] != made_of])

    def drop(self, names: Iterable[str]) -> None:
        """Strike files off the list."""
        self._append([(_GONE, name) for name in sorted(names) if name in self])

    def compact(self) -> None:
        """Write the file anew, with nothing in it but what is owned."""
        lines = [f"{_HEADS[0]}\n"]
        for folder, members in sorted(self.folders.items()):
            for made_of, names in groupby(sorted(members, key=lambda name: (members[name], name)), key=members.get):
                lines.append(_line(made_of or _OWNED, folder, [*names]))
        write_bytes(self.path, "".join(lines).encode(), durable=True)
        self._dead, self._whole = 0, True

    @property
    def is_stored(self) -> bool:
        """Whether the file says all that is known here."""
        return self._whole or not self.folders

    def _append(self, notes: list[tuple[str, str]]) -> None:
        """StorageFull: it could not be written, and nothing has changed. StoreError: a path that no line can hold."""
        if not notes:
            return
        if odd := next((name for _, name in notes if "\n" in name), None):
            raise StoreError(f"refusing to write {odd!r}: a path in a run has no line ends")
        placed = ((mark, *folder_and_name(name)) for mark, name in notes)
        entries = [
            (mark, folder, [name for *_, name in same])
            for (mark, folder), same in groupby(placed, key=lambda entry: entry[:2])
        ]
        if self._whole:
            append_bytes(self.path, "".join(_line(*entry) for entry in entries).encode())
        for entry in entries:
            self._note(*entry)
        if not self._whole or self._dead > _MOST_DEAD + len(self):
            self.compact()

    def _note(self, mark: str, folder: str, names: Collection[str]) -> None:
        members = self.folders.setdefault(folder, {})
        before = len(members)
        if mark == _GONE:
            for name in names:
                members.pop(name, None)
            self._dead += len(names)
        else:
            members.update(dict.fromkeys(names, "" if mark == _OWNED else mark))
            self._dead += before + len(names) - len(members)
        if not members:
            del self.folders[folder]


def _one(path: str) -> tuple[str, list[str]]:
    folder, name = folder_and_name(path)
    return folder, [name]


def _line(mark: str, folder: str, names: Collection[str]) -> str:
    if folder and len(names) > 1:
        return f"{mark} {folder}//{'/'.join(names)}\n"
    return "".join(f"{mark} {folder}/{name}\n" if folder else f"{mark} {name}\n" for name in names)
