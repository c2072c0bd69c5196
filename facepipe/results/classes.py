"""The classes of a run's annotations: everybody keeps the number that she has, whoever comes, goes or is renamed.

So the labels change of those alone who changed. The order is kept in annotations/classes.txt, a name a line.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from facepipe.files.names import natural_key, person_folder
from facepipe.people.written import names_written
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import ANNOTATIONS
from facepipe.table import FaceTable

CLASSES = f"{ANNOTATIONS}/classes.txt"


def class_names(folder: RunFolder, table: FaceTable, earlier: Sequence[str]) -> list[str]:
    """The people of a table that is about to be written, in the order of their classes. earlier: those written last."""
    people = sorted(map(person_folder, table.people), key=natural_key)
    if not earlier:
        return people
    gone = set(earlier).difference(people)
    return in_their_places(earlier, people, _became(folder, table, gone) if gone else {})


def in_their_places(earlier: Sequence[str], people: Sequence[str], became: Mapping[str, str]) -> list[str]:
    """`people` in the order of `earlier`, those of them who were in it.

    became: who has taken the place of somebody who is gone. Others take places that are free, in their order, then
    those at the end; the last ones move up to where a place is free still.
    """
    stay = set(people)
    taken = stay.intersection(earlier)
    places: list[str] = []
    for name in earlier:
        if name not in stay:
            name = became.get(name, "")
            name = name if name in stay and name not in taken else ""
        places.append(name)
        taken.add(name)
    new = iter([name for name in people if name not in taken])
    places = [name or next(new, "") for name in places] + list(new)
    free = [place for place, name in enumerate(places) if not name]
    for place in free:
        while places and not places[-1]:
            places.pop()
        if place < len(places):
            places[place] = places.pop()
    return places


def classes_written(folder: RunFolder) -> list[str]:
    """The classes of the annotations that are there; none where there are none, or the list is not readable."""
    try:
        text = (folder.path / CLASSES).read_text(encoding="utf-8") if CLASSES in folder.files else ""
    except (OSError, ValueError):
        return []
    return list(dict.fromkeys(filter(None, text.split("\n"))))


def classes_text(names: Sequence[str]) -> str:
    """What annotations/classes.txt holds."""
    return "".join(f"{name}\n" for name in names)


def _became(folder: RunFolder, table: FaceTable, gone: set[str]) -> dict[str, str]:
    """Who has most of the faces now of those who are gone."""
    written = names_written(folder) or {}
    found: dict[str, Counter[str]] = {}
    for face, person in zip(table.face_id, table.person, strict=True):
        was = person_folder(written.get(face, ""))
        if person and was in gone:
            found.setdefault(was, Counter())[person_folder(person)] += 1
    return {was: min(now, key=lambda name: (-now[name], natural_key(name))) for was, now in found.items()}
