"""The files that somebody owns, in a text file that grows: each is listed before it is written, and until it is gone.

A line is a mark, a blank and a path: "+" for a file that is about to be written, "-" for one that is given up, and the
digest of what a file was made of once that is written. What was made of the same thing need not be made again.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from facepipe.errors import StoreError
from facepipe.files.atomic import append_bytes, write_bytes
from facepipe.files.removal import stays_inside

_HEAD = "facepipe-files-1"
_OWNED, _GONE = "+", "-"
_MOST_DEAD = 1_000  # lines that say nothing any more, beside as many as there are files, before all is written anew


def recipe(of: Any) -> str:
    """The digest of what a file is made of: builtins, whose `repr` tells them apart."""
    return hashlib.sha256(repr(of).encode("utf-8", "surrogatepass")).hexdigest()[:20]


class Ledger:
    """The paths (relative, with slashes) that are owned, in the file `path`; `recipes` says what they are made of.

    listed: paths that are owned although there is no such file yet.
    """

    def __init__(self, path: Path, listed: Iterable[str] = ()) -> None:
        self.path = path
        self.recipes: dict[str, str] = dict.fromkeys(listed, "")
        self._dead = 0
        self._whole = False  # whether the file says all that is known, in whole lines

    @classmethod
    def read(cls, path: Path) -> "Ledger":
        """What the file says; a last line that was cut short by a kill says nothing. OSError where it cannot be read;
        ValueError: it is no such list, or lists what lies elsewhere."""
        ledger = cls(path)
        head, *lines = path.read_bytes().decode("utf-8").split("\n")
        if head != _HEAD:
            raise ValueError("it does not begin as such a list does")
        ledger._whole = bool(lines) and not lines.pop()
        for line in lines:
            mark, _, name = line.partition(" ")
            if not mark or not stays_inside(name):
                raise ValueError("it lists files outside its folder")
            ledger._note(mark, name)
        return ledger

    def __iter__(self) -> Iterator[str]:
        return iter(self.recipes)

    def __contains__(self, name: object) -> bool:
        return name in self.recipes

    def __len__(self) -> int:
        return len(self.recipes)

    def below(self, folder: str) -> set[str]:
        """The files of a folder, relative to it."""
        start = f"{folder}/"
        return {name.removeprefix(start) for name in self.recipes if name.startswith(start)}

    def claim(self, names: Iterable[str]) -> None:
        """List files that are about to be written: of what those are made that were there is not known any more."""
        self._append([(_OWNED, name) for name in sorted(names) if self.recipes.get(name) != ""])

    def made(self, recipes: Mapping[str, str]) -> None:
        """Note of what files, which are listed, are made."""
        self._append([(made_of, name) for name, made_of in recipes.items() if self.recipes[name] != made_of])

    def drop(self, names: Iterable[str]) -> None:
        """Strike files off the list."""
        self._append([(_GONE, name) for name in sorted(names) if name in self.recipes])

    def compact(self) -> None:
        """Write the file anew, with nothing in it but what is owned."""
        lines = [f"{made_of or _OWNED} {name}\n" for name, made_of in sorted(self.recipes.items())]
        write_bytes(self.path, "".join([f"{_HEAD}\n", *lines]).encode(), durable=True)
        self._dead, self._whole = 0, True

    @property
    def is_stored(self) -> bool:
        """Whether the file says all that is known here."""
        return self._whole or not self.recipes

    def _append(self, notes: list[tuple[str, str]]) -> None:
        """StorageFull: it could not be written, and nothing has changed. StoreError: a path that no line can hold."""
        if not notes:
            return
        if odd := next((name for _, name in notes if "\n" in name), None):
            raise StoreError(f"refusing to write {odd!r}: a path in a run has no line ends")
        if self._whole:
            append_bytes(self.path, "".join(f"{mark} {name}\n" for mark, name in notes).encode())
        for mark, name in notes:
            self._note(mark, name)
        if not self._whole or self._dead > _MOST_DEAD + len(self.recipes):
            self.compact()

    def _note(self, mark: str, name: str) -> None:
        self._dead += name in self.recipes or mark == _GONE
        if mark == _GONE:
            self.recipes.pop(name, None)
        else:
            self.recipes[name] = "" if mark == _OWNED else mark
