"""What somebody has changed in people/ since it was written: renamed, moved, merged, deleted.

A file that the run has listed as its own and that lies elsewhere than the table says is the rest of work that was
interrupted; a face file that it has not listed was put there by somebody.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter

from facepipe.files.names import person_folder
from facepipe.files.paths import Paths, folder_and_name
from facepipe.people.decisions import Decision
from facepipe.people.scan import FaceFile, Scan
from facepipe.runs.layout import PEOPLE, crop_name, crop_paths, face_and_cut


@dataclass(slots=True)
class Comparison:
    """decisions: what a person changed. conflicts: what is wrong with a face, and where; nothing is decided on it.

    strays: face files, relative to people/, in a folder of the right person that is written otherwise.
    """

    decisions: list[Decision] = field(default_factory=list)
    conflicts: dict[str, str] = field(default_factory=dict)
    strays: list[str] = field(default_factory=list)


def compare(people: Mapping[str, str], owned: Paths, found: Scan, *, complete: bool = True) -> Comparison:
    """What somebody has changed in people/ since it was written.

    people: the name of every face, "" when unknown. owned: the run's files, relative to people/. complete: whether
    all of them were written; where that was interrupted, a picture that is missing says nothing.
    A face in another folder is that person's (in unknown/: rejected from its person); a face of which a picture is
    gone is rejected from its person, or nobody's when the whole folder is gone; a folder that came in the place of
    another is that person's new name; a folder of which at least half was emptied into another, and nothing into a
    third, says that the two are one person. One face in two folders, or in none, is a conflict: it stays with its
    person, whatever she is called now.
    """
    result = Comparison()
    if not found.files and owned.folders.keys() == found.as_left.folders.keys():
        return result  # nobody has touched anything
    sizes = Counter(people.values())
    if found.is_empty and len(sizes) > 1:
        return result  # somebody took all of people/ away: that says nothing about anybody
    moved: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    gone: dict[str, list[str]] = defaultdict(list)
    stayed: dict[str, list[str]] = defaultdict(list)
    unclear: list[tuple[str, str]] = []
    kept: set[str] = set()  # whose folder holds a picture of somebody who was in it
    seen, elsewhere = {file.face_id for file in found.files}, _elsewhere(people, owned, found)
    places = _places(people, owned, found.pictures_of(elsewhere))
    settled = {home for home in sizes if person_folder(home) in found.as_left.folders}
    asked = {*map(people.get, elsewhere), *(file.name for file in found.files)}  # whom it may have to do with
    passed_over = settled - asked  # nearly all
    for face, home in [(face, home) for face, home in people.items() if home not in passed_over]:
        if face not in elsewhere:
            if home in settled or face in seen:
                stayed[home].append(face)
                kept.add(home)
            continue
        here = places.get(face, {})
        at_home = here.get(home, {})
        away = [name for name in here if name != home]
        expected = {cut for cut, path in crop_paths(face, home).items() if path in owned}
        if at_home:
            kept.add(home)
        if None in away or len(away) > 1 or (away and at_home.keys() & here[away[0]].keys()):
            unclear.append((face, home))
            continue
        if away:
            moved[home][away[0]].append(face)
        elif complete and not expected <= at_home.keys():
            gone[home].append(face)
        elif at_home:
            stayed[home].append(face)
        result.strays += _strays(face, away[0] if away else home, here)
    renamed, joined = _renamed(sizes, moved, kept), _joined(sizes, moved, kept, stayed)
    staying: dict[str, list[str]] = defaultdict(list)
    for face, home in unclear:
        here, now = places[face], {**joined, **renamed}.get(home, home)
        to = [name for name in here if name != now]
        if now != home and len(to) == 1 and to[0] is not None and here[now].keys().isdisjoint(here[to[0]]):
            moved[home][to[0]].append(face)  # one picture of it was moved, the other went with the folder
            result.strays += [*_strays(face, to[0], here), *here[now].values()]
        else:
            (stayed if home in here else staying)[home].append(face)
            paths = sorted(f"{PEOPLE}/{path}" for by_cut in here.values() for path in by_cut.values())
            why = "lies in no person's folder" if None in to else "lies in several folders"
            result.conflicts[f"{face} {why}"] = f"it stays {now or 'unknown'}: {', '.join(paths)}"
    decisions = _decide(moved, gone, stayed, staying, found.folders, renamed, joined)
    result.decisions = _swapped(decisions, moved.keys() - kept)
    return result


def _elsewhere(people: Mapping[str, str], owned: Paths, found: Scan) -> set[str]:
    """The faces of which a picture is not where it belongs, or not where the run has put it."""
    faces = {face for path, _, face, cut in found.files if path != crop_name(people[face], face, cut)}
    there = {file.path for file in found.files}
    unsettled = Paths({folder: names for folder, names in owned.folders.items() if folder not in found.as_left.folders})
    return faces.union(face_and_cut(folder_and_name(path)[1])[0] for path in unsettled if path not in there)


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


def _renamed(sizes, moved, kept) -> dict[str, str]:
    """Who has a new name: old -> new. sizes: how many faces everybody has."""
    renamed: dict[str, str] = {}
    for old in sorted(moved, key=lambda name: (-sizes[name], name)):
        named = [name for name in moved[old] if name]
        if old and old not in kept and named:
            new = max(named, key=lambda name: len(moved[old][name]))
            most = 2 * len(moved[old][new]) >= sizes[old] + (len(named) > 1)  # two halves are two new people
            if most and new not in sizes and new not in renamed.values():
                renamed[old] = new
    return renamed


def _joined(sizes, moved, kept, stayed) -> dict[str, str]:
    """Whose folder was emptied into another person's: old -> that person."""
    joined = {}
    for old in sorted(moved):
        (new, *more) = [name for name in moved[old] if name] or [""]
        all_of_it = old and new and not more and old not in kept and 2 * len(moved[old][new]) >= sizes[old]
        if all_of_it and new in stayed:
            joined[old] = new
    return joined


def _decide(moved, gone, stayed, staying, folders, renamed, joined) -> list[Decision]:
    """Renames first, so that what else is said of a person is said of the new name; then, of people who are somebody
    else, too, what is said of them alone. `staying`: faces that go along with their person, wherever they lie."""
    decisions = [Decision("rename", (*moved[old][new], *staying[old]), new, old) for old, new in renamed.items()]

    def rest(old: str, is_now: str) -> None:
        here = renamed.get(old, old)
        for new, faces in sorted(moved.get(old, {}).items()):
            if not new:
                decisions.append(Decision("reject", tuple(faces), here, here))
            elif new != is_now:
                decisions.append(Decision("assign", tuple(faces), new, here))
        faces = tuple(gone.get(old, ()))
        if faces and old and (here != old or is_now != old or old in folders):
            decisions.append(Decision("reject", faces, here, here))
        elif faces and (old or "" in folders):  # unknown/ as a whole is clutter to some, and says nothing
            decisions.append(Decision("nobody", faces, "", old))

    for old, new in joined.items():
        rest(old, new)
        faces, others = (*moved[old][new], *staying[old]), (*stayed[new], *staying[new])
        decisions.append(Decision("same", faces, new, old, others=others))
    for old in sorted({*moved, *gone} - joined.keys()):
        rest(old, renamed.get(old, old))
    return decisions


def _swapped(decisions: list[Decision], left: Collection[str]) -> list[Decision]:
    """The decisions, last those that give people each other's names, which are one gesture: one of them taken back
    alone would make one person of two. left: people of whom nothing is where it was."""
    assigned = [one for one in decisions if one.kind == "assign"]
    goes = {one.was: one.person for one in assigned if one.was in left and one.person in left}
    swap: dict[str, str] = {}  # who has part in it -> the first of them
    for start in goes:
        way = [start]
        while (after := goes.get(way[-1])) is not None and after not in way:
            way.append(after)
        if after == start:
            swap |= dict.fromkeys(way, min(way))
    swapped = [replace(one, gesture=swap[one.was]) for one in assigned if one.was in swap]
    others = [one for one in decisions if one.kind != "assign" or one.was not in swap]
    return [*others, *sorted(swapped, key=attrgetter("gesture"))]
