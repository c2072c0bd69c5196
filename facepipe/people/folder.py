"""people/ as a person left it: which face lies in whose folder, and what that says.

A face is known by its file names, a person by the name of the folder. A file that the run has listed as its own and
that lies elsewhere than the table says is the rest of work that was interrupted; a face file that it has not listed
was put there by somebody.
"""

import os
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from facepipe.errors import StoreError
from facepipe.files.names import UNKNOWN_FOLDER, safe_name
from facepipe.people.decisions import Decision
from facepipe.runs.layout import CUTS, PEOPLE, crop_name, face_and_cut

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

    folders: the names of people who have one. foreign: files that are no face of the run.
    """

    files: tuple[FaceFile, ...] = ()
    folders: frozenset[str] = frozenset()
    foreign: tuple[str, ...] = ()


@dataclass(slots=True)
class Comparison:
    """decisions: what a person changed. conflicts: what is wrong with a face, and where; nothing is decided on it.

    strays: face files, relative to people/, in a folder of the right person that is written otherwise.
    """

    decisions: list[Decision] = field(default_factory=list)
    conflicts: dict[str, str] = field(default_factory=dict)
    strays: list[str] = field(default_factory=list)


@lru_cache(maxsize=1 << 17)
def name_of(folder: str) -> str:
    """The person whose folder this is, "" for the folder of the unknown; file systems may write a name in other code
    points than it was given, and some names are not allowed on all of them."""
    name = unicodedata.normalize("NFC", folder)
    return "" if name.casefold() == UNKNOWN_FOLDER else safe_name(name)


def scan(people_dir: Path, face_ids: Collection[str]) -> Scan:
    """Look through people/. StoreError when a part of it cannot be read: that does not mean that it is empty."""
    files, foreign, folders = [], [], set()
    for folder, names in _walk(people_dir, folders):
        person = name_of(folder.partition("/")[0]) if folder else None
        for name in names:
            path = f"{folder}/{name}" if folder else name
            face_id, cut = face_and_cut(name)
            if face_id in face_ids:
                files.append(FaceFile(path, person, face_id, cut))
            elif not name.startswith(".") and name.lower() not in _CLUTTER:
                foreign.append(path)
    return Scan(tuple(files), frozenset(map(name_of, folders)), tuple(foreign))


def _walk(people_dir: Path, folders: set[str]) -> Iterator[tuple[str, list[str]]]:
    """Every folder from people/, which is "", down, and its files, sorted; those right under it are added to
    `folders`."""

    def unreadable(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            raise StoreError(f"cannot look into {error.filename}: {error.strerror}") from error

    top = os.fspath(people_dir)
    for root, inner, names in os.walk(top, onerror=unreadable):
        inner.sort()
        part = root[len(top) + 1 :].replace(os.sep, "/")
        if not part:
            folders.update(inner)
        yield part, sorted(names)


def crop_paths(face_id: str, person: str) -> dict[str, str]:
    """Where a face's pictures belong, relative to people/, by kind of picture."""
    return {cut: crop_name(person, face_id, cut) for cut in CUTS}


def compare(people: Mapping[str, str], owned: Collection[str], found: Scan, *, complete: bool = True) -> Comparison:
    """What somebody has changed in people/ since it was written.

    people: the name of every face, "" when unknown. owned: the run's files, relative to people/. complete: whether
    all of them were written; where that was interrupted, a picture that is missing says nothing.
    A face in another folder is that person's (in unknown/: rejected from its person); a face of which a picture is
    gone is rejected from its person, or nobody's when the whole folder is gone; a folder that came in the place of
    another is that person's new name; a folder that was emptied into another says that the two are one person. One face
    in two folders, or in none, is a conflict.
    """
    result = Comparison()
    if not found.files and len({*people.values()}) > 1:
        return result  # somebody took all of people/ away: that says nothing about anybody
    moved: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    gone: dict[str, list[str]] = defaultdict(list)
    stayed: dict[str, list[str]] = defaultdict(list)
    seen, elsewhere = {file.face_id for file in found.files}, _elsewhere(people, owned, found)
    places = _places(people, owned, [file for file in found.files if file.face_id in elsewhere])
    for face, home in people.items():
        if face not in elsewhere:  # nearly all
            if face in seen:
                stayed[home].append(face)
            continue
        here = places.get(face, {})
        at_home = here.get(home, {})
        away = [name for name in here if name != home]
        expected = {cut for cut, path in crop_paths(face, home).items() if path in owned}
        if at_home:
            stayed[home].append(face)
        if None in away or len(away) > 1 or (away and at_home.keys() & here[away[0]].keys()):
            paths = sorted(f"{PEOPLE}/{path}" for by_cut in here.values() for path in by_cut.values())
            why = "lies in no person's folder" if None in away else "lies in several folders"
            result.conflicts[f"{face} {why}"] = f"it stays {home or 'unknown'}: {', '.join(paths)}"
        else:
            if away:
                moved[home][away[0]].append(face)
            elif complete and not expected <= at_home.keys():
                gone[home].append(face)
            result.strays += _strays(face, away[0] if away else home, here)
    result.decisions = _decide(people, moved, gone, stayed, found.folders)
    return result


def _elsewhere(people: Mapping[str, str], owned: Collection[str], found: Scan) -> set[str]:
    """The faces of which a picture is not where it belongs, or not where the run has put it."""
    faces = {face for path, _, face, cut in found.files if path != crop_name(people[face], face, cut)}
    there = {file.path for file in found.files}
    return faces.union(face_and_cut(path.rpartition("/")[2])[0] for path in owned if path not in there)


def _places(people, owned, files: Iterable[FaceFile]) -> dict[str, dict[str | None, dict[str, str]]]:
    """face -> name of the folder -> kind of picture -> path, without the rests of interrupted work."""
    places: dict[str, dict[str | None, dict[str, str]]] = {}
    for file in files:
        if file.name == people[file.face_id] or file.path not in owned:
            by_cut = places.setdefault(file.face_id, {}).setdefault(file.name, {})
            if file.cut not in by_cut or file.path == crop_paths(file.face_id, file.name or "")[file.cut]:
                by_cut[file.cut] = file.path
    return places


def _strays(face: str, person: str, here: Mapping[str | None, Mapping[str, str]]) -> list[str]:
    right = crop_paths(face, person)
    return [path for cut, path in here.get(person, {}).items() if path != right[cut]]


def _decide(people, moved, gone, stayed, folders) -> list[Decision]:
    """Renames first, so that what else is said of a person is said of the new name."""
    sizes: dict[str, int] = defaultdict(int)
    for name in people.values():
        sizes[name] += 1
    renamed: dict[str, str] = {}  # new -> old
    for old in sorted(moved, key=lambda name: (-sizes[name], name)):
        named = [name for name in moved[old] if name]
        if old and old not in stayed and named:
            new = max(named, key=lambda name: len(moved[old][name]))
            most = 2 * len(moved[old][new]) >= sizes[old] + (len(named) > 1)  # two halves are two new people
            if most and new not in sizes and new not in renamed:
                renamed[new] = old
    decisions = [Decision("rename", tuple(moved[old][new]), new, old) for new, old in renamed.items()]
    now = {old: new for new, old in renamed.items()}
    joined = {}  # old -> the person whose folder took all of it
    for old in sorted(moved):
        (new, *more) = [name for name in moved[old] if name] or [""]
        if old and old not in stayed and old not in now and not more and new in stayed:
            joined[old] = new
    decisions += [
        Decision("same", tuple(moved[old][new]), new, old, others=tuple(stayed[new])) for old, new in joined.items()
    ]
    now = {name: name for name in sizes} | now
    for old in sorted(moved):
        here = joined.get(old, now[old])
        for new, faces in sorted(moved[old].items()):
            if not new:
                decisions.append(Decision("reject", tuple(faces), here, here))
            elif new != here:
                decisions.append(Decision("assign", tuple(faces), new, here))
    for old, faces in sorted(gone.items()):
        if old and (now[old] != old or old in folders):
            decisions.append(Decision("reject", tuple(faces), now[old], now[old]))
        elif old or "" in folders:  # unknown/ as a whole is clutter to some, and says nothing
            decisions.append(Decision("nobody", tuple(faces), "", old))
    return decisions
