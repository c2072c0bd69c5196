"""The folder of an export: empty, new, or an earlier export; what was written is known by a list, export.json."""

import json
import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from facepipe.errors import StoreError, UsageError
from facepipe.files.atomic import has_content, make_folder, write_text
from facepipe.files.lock import is_free
from facepipe.files.real import real
from facepipe.files.removal import folded, remove, stays_inside, sweep
from facepipe.runs.elsewhere import note_export
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import EXPORT
from facepipe.runs.lock import locked

_FORMAT = "facepipe-export-1"


class ExportFolder:
    """`files` are the paths (relative, posix) that exports wrote here; nothing else is ever overwritten or removed.
    kind: the name of the last export's format, "" if there was none. begun: what the last export was, if it was not
    finished, see `claim`; else ""."""

    def __init__(self, path: Path, option: str = "--to") -> None:
        """Look at the folder; nothing is touched. option: by which it was named. StoreError: it is neither empty nor an
        export."""
        self.path, self._option = path, option
        self.files: list[str] = []
        self.kind = self.begun = ""
        self._shown: list[str] = []
        try:
            if path.is_dir() and not is_free(path):
                state = _read(path / EXPORT)
                self.files, request = state["files"], state.get("request")
                self.begun, self._shown = str(state.get("begun", "")), _faces(state)
                self.kind = str(request.get("format", "")) if isinstance(request, dict) else ""
            elif path.exists() and not path.is_dir():
                raise StoreError(f"{path} is a file: name a folder with {option}")
        except FileNotFoundError:
            raise StoreError(not_empty(path, option)) from None
        except OSError as error:
            raise StoreError(f"cannot read {path}: {error.strerror}; name another folder with {option}") from error

    def claim(self, names: Iterable[str], facts: dict[str, Any], stale: Iterable[str] = ()) -> None:
        """Write the list of files, those that are about to be written too; a new folder is its owner's alone.

        facts: with "begun", which tells this export from others of the same names, it goes on after a stop: `whole`.
        stale: files of earlier exports to remove, so that they are not taken for this one's.
        StoreError, with nothing touched: one of them is there and is not from an export; or somebody is called as a
        file is, so that one of them is a folder too.
        """
        names = set(names)
        if clash := _also_folder({*names, EXPORT}):
            raise StoreError(f"{clash} is a file of an export: give the person who is called so another name")
        foreign = sorted(name for name in names - set(self.files) if os.path.lexists(self.path / name))
        if foreign:
            raise StoreError(
                f"{self.path / foreign[0]} is not from an export: move it away or name another {self._option}"
            )
        try:
            make_folder(self.path.parent, private=False)
            make_folder(self.path)
            if not self.files:
                self.path.chmod(0o700)  # faces are nobody else's business
            sweep(self.path)
            remove(self.path, set(self.files) & set(stale))
        except OSError as error:
            reason = f"{error.strerror}; name another folder with {self._option}"
            raise StoreError(f"cannot make {self.path}: {reason}") from error
        if "faces" in facts:  # what an earlier export shows can be seen until it is replaced
            facts = facts | {"faces": sorted({*facts["faces"], *self._shown})}
        self._write(names | set(self.files), facts)

    def whole(self, names: Iterable[str], begun: str) -> frozenset[str]:
        """The files among `names` that an export of that kind wrote here before it was stopped. They are whole, unless
        the power went: then they may be empty, and do not count."""
        if not begun or begun != self.begun:
            return frozenset()
        return frozenset(name for name in names if has_content(self.path / name))

    def keep_only(self, names: Iterable[str], facts: dict[str, Any]) -> None:
        """Remove the files of earlier exports that are not in `names`; folders go when they are empty."""
        remove(self.path, set(self.files) - set(names))
        self._write(names, facts)

    def _write(self, names: Iterable[str], facts: dict[str, Any]) -> None:
        self.files = sorted(names)
        state = {"format": _FORMAT, **facts, "files": self.files}
        write_text(self.path / EXPORT, json.dumps(state, indent=1, ensure_ascii=False) + "\n", durable=True)


@contextmanager
def replacing(
    folder: RunFolder, to: Path, names: Collection[str], facts: dict[str, Any], option: str = "--to"
) -> Iterator[None]:
    """Hold the folder `to` while files of a run are written there, which the run notes; those that an earlier call of
    the same kind wrote there, and this does not, go at the end.

    facts: as of `ExportFolder.claim`, of which the request says the kind. StoreError: `to` holds something else.
    """
    kind = facts["request"]["format"]
    with locked(to, new=True, marker=EXPORT):
        there = ExportFolder(to, option)
        if there.kind not in ("", kind):
            raise StoreError(f"{to} holds an export ({there.kind}): name another folder with {option}")
        note_export(folder, to, kind)
        there.claim(names, facts)
        yield
        there.keep_only(names, facts)


def not_empty(where: object, option: str = "--to") -> str:
    """What is said of a place that holds something else."""
    return f"{where} is not empty and not an export: name another folder with {option}"


def check_outside(run: Path, to: Path, option: str = "--to") -> None:
    """UsageError where an export would lie in the run's own folder."""
    place = real(to)
    if run.resolve() in (place, *place.parents):
        raise UsageError(f"{option} {to} lies in the run's own folder: name another one")


def faces_shown(path: Path) -> frozenset[str]:
    """The ids of the faces that can be seen in the export in `path`. StoreError: that cannot be told."""
    try:
        faces = _read(path / EXPORT).get("faces")
    except OSError as error:
        raise StoreError(f"cannot read {path / EXPORT}: {error.strerror}") from error
    if not isinstance(faces, list) or not all(isinstance(face, str) for face in faces):
        raise StoreError(f"{path / EXPORT} does not say whom it shows")
    return frozenset(faces)


def _also_folder(names: Collection[str]) -> str:
    """The first of some files, in order, that another one lies in, by a file system that knows no case; "" for none."""
    folders = {folded(folder) for folder in {name.rpartition("/")[0] for name in names}}
    folders |= {str(above) for folder in folders for above in PurePosixPath(folder).parents}
    return min((name for name in names if folded(name) in folders), default="")


def _faces(state: dict[str, Any]) -> list[str]:
    faces = state.get("faces")
    return [face for face in faces if isinstance(face, str)] if isinstance(faces, list) else []


def _read(path: Path) -> dict[str, Any]:
    """What export.json says; "files" is a list of paths inside its folder. OSError, StoreError."""
    text = path.read_bytes()
    try:
        state = json.loads(text)
        names = state["files"]
        if state["format"] != _FORMAT or not all(isinstance(name, str) and stays_inside(name) for name in names):
            raise ValueError("not a list that an export wrote")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StoreError(f"{path} cannot be read ({error}): name another folder") from error
    return state | {"files": list(names)}
