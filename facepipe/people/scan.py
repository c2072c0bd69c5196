"""What lies in people/: which picture of which face, in whose folder.

A face is known by its file names, a person by the name of the folder.
"""

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

from facepipe.errors import StoreError
from facepipe.files.glances import Glances
from facepipe.files.names import UNKNOWN_FOLDER, safe_name
from facepipe.files.paths import Paths, folder_and_name
from facepipe.files.real import is_link
from facepipe.runs.layout import CUTS, crop_file, face_and_cut

_CLUTTER = frozenset({"thumbs.db", "desktop.ini"})  # what file managers leave; so do hidden files


class FaceFile(NamedTuple):
    """A picture of a face: path relative to people/, with slashes; name: whose folder it is in, "" for unknown/.

    A file that lies in no person's folder has the name None. A tuple, since there are three a face.
    """

    path: str
    name: str | None
    face_id: str
    cut: str


@dataclass(frozen=True, slots=True)
class Scan:
    """What lies under people/.

    people: the name of every face, "" when unknown, as people/ was written. folders: the names of people who have one.
    foreign: files that are no face of the run. as_left: the folders in which is what the run has put there, and nothing
    else; files: what is in the others.
    """

    people: Mapping[str, str]
    files: tuple[FaceFile, ...] = ()
    folders: frozenset[str] = frozenset()
    foreign: tuple[str, ...] = ()
    as_left: Paths = Paths({})

    @property
    def is_empty(self) -> bool:
        """Whether there is no picture of anybody."""
        return not self.files and not self.as_left.folders

    def lying(self) -> Paths:
        """All that lies there."""
        return Paths({**Paths.of([*(file.path for file in self.files), *self.foreign]).folders, **self.as_left.folders})

    def pictures_of(self, faces: Collection[str]) -> list[FaceFile]:
        """All pictures of some faces, wherever they lie."""
        found = [file for file in self.files if file.face_id in faces]
        names = {crop_file(face, cut): (face, cut) for face in faces for cut in CUTS}
        for folder, there in self.as_left.folders.items():  # with the rests too of work that was interrupted
            fewer, more = sorted((names, there), key=len)
            seen = [name for name in fewer if name in more]
            found += [FaceFile(f"{folder}/{name}", name_of(folder), *names[name]) for name in seen]
        return found

    def without(self, paths: Collection[str]) -> "Scan":
        """What lies there when these files of faces have gone."""
        files, as_left = [file for file in self.files if file.path not in paths], dict(self.as_left.folders)
        for folder in {folder_and_name(path)[0] for path in paths}.intersection(as_left):
            for name in as_left.pop(folder):
                if (path := f"{folder}/{name}") not in paths:
                    files.append(FaceFile(path, name_of(folder), *face_and_cut(name)))
        return replace(self, files=tuple(files), as_left=Paths(as_left))


@lru_cache(maxsize=1 << 17)
def name_of(folder: str) -> str:
    """The person whose folder this is, "" for the folder of the unknown; some names are not allowed on all systems."""
    return "" if folder.casefold() == UNKNOWN_FOLDER else safe_name(folder)


def scan(
    people_dir: Path,
    people: Mapping[str, str],
    others: Collection[str] = (),
    owned: Paths | None = None,
    glances: Glances | None = None,
) -> Scan:
    """Look through people/. StoreError when a part of it cannot be read: that does not mean that it is empty.

    people: see `Scan`. others: faces that may lie there too. owned: the run's files, relative to people/, where each of
    them is whole and was put where its face belongs: nearly all folders are seen at a glance then to be as they were.
    glances: what was seen of them before, where they are very many.
    """
    files, foreign, folders, as_left = [], [], set(), {}
    expected = {} if owned is None else owned.folders
    for folder, names in _walk(people_dir, folders, expected, as_left, glances):
        # Our list of files has a path a line, so that what lies behind a line end cannot be told to be ours.
        person = name_of(folder.partition("/")[0]) if folder and "\n" not in folder else None
        for name in names:
            path = f"{folder}/{name}" if folder else name
            face_id, cut = face_and_cut(name)
            if face_id in people or face_id in others:
                files.append(FaceFile(path, person, face_id, cut))
            elif not name.startswith(".") and name.lower() not in _CLUTTER:
                foreign.append(path)
    return Scan(people, tuple(files), frozenset(map(name_of, folders)), tuple(foreign), Paths(as_left))


def _walk(
    people_dir: Path,
    folders: set[str],
    expected: Mapping[str, Collection[str]],
    as_left: dict[str, Collection[str]],
    glances: Glances | None,
) -> Iterator[tuple[str, list[str]]]:
    """Every folder from people/, which is "", down, and its files, sorted; those right under it are added to
    `folders`. Where one of these holds what is expected there, and nothing else, it is added to `as_left` instead.
    Nothing is looked for behind a link; where it leads to is not ours."""

    def unreadable(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            raise StoreError(f"cannot look into {error.filename}: {error.strerror}") from error

    top = os.fspath(people_dir)
    for root, inner, names in os.walk(top, onerror=unreadable):
        part = root[len(top) + 1 :].replace(os.sep, "/")
        if not part:
            folders.update(inner)
            as_left |= {
                name: expected[name] for name in inner if _holds(f"{top}{os.sep}{name}", expected.get(name), glances)
            }
            inner[:] = [name for name in inner if name not in as_left]
        inner.sort()
        links = [name for name in inner if is_link(f"{root}{os.sep}{name}")]
        if lost := [name for name in links if not part and name in expected]:
            raise StoreError(f"{people_dir / lost[0]} is a link: put the folder to which it leads in its place")
        yield part, sorted([*names, *links])


def _holds(folder: str, names: Collection[str] | None, glances: Glances | None) -> bool:
    """Whether these are all that is in a folder, which is no link."""
    if names is None or glances is None:
        return names is not None and _lists(folder, names)
    return glances.still(folder.rpartition(os.sep)[2], [folder], len(names), partial(_lists, folder, names))


def _lists(folder: str, names: Collection[str]) -> bool:
    try:
        if is_link(folder):
            return False
        found = os.listdir(folder)
        return len(found) == len(names) and all(map(names.__contains__, found))
    except OSError:
        return False  # the walk goes there too, and says what is wrong
