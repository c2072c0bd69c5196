"""What an answer means: the decisions that go into the log, one gesture each.

names: face -> the name that it has now, of all faces.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from facepipe.people.decisions import Decision
from facepipe.questions.question import Question, Tile, keep_first


def one_person(question: Question, names: Mapping[str, str]) -> list[Decision]:
    """Yes to `merge` or `collage`."""
    if question.kind == "merge":
        return [merged(*question.people, names)]
    keep = question.people[0]
    return _gesture(_moved(tile.faces, names, keep) for tile in question.tiles)


def two_people(question: Question) -> list[Decision]:
    """No to `merge` or `collage`. Of `merge` it is about the people: what each side holds of the other stays out."""
    if question.kind == "merge":
        sides = [question.side(name) for name in question.people]
        one, other = (tuple(tile for tile in side if not tile.nearest) or side for side in sides)
    else:
        one, other = question.tiles[:1], question.tiles[1:]
    first, second = one[0].person, other[0].person
    if first == second:
        return [Decision("reject", _faces(other), second, second)]
    if not second:
        return [Decision("reject", _faces(other), first)]
    return [Decision("different", _faces(one), second, first, others=_faces(other))]


def placed(question: Question, names: Mapping[str, str], place: Mapping[str, str | None]) -> list[Decision]:
    """What was said of the tiles of `also`, `odd`, `unknown` or `strangers`.

    place: `Tile.face` -> the name, which may be new; "" for none of these people; None for nobody who matters. Of the
    others it is said that they are where they belong (`unknown`: not that person's).
    """
    if question.kind == "also":
        return _also(question, names, {face for face, name in place.items() if name})
    default = "" if question.kind == "unknown" else None
    parts: list[list[Decision]] = []
    for tile in question.tiles:
        name = place.get(tile.face, tile.person if default is None else default)
        if name is None:
            parts.append([Decision("nobody", tile.faces, "", tile.person)])
        elif name:
            parts.append(_moved(tile.faces, names, name))
        else:
            not_this = tile.person or question.people[0]
            parts.append([Decision("reject", tile.faces, not_this, tile.person)])
    return _gesture(parts)


def _also(question: Question, names: Mapping[str, str], same: Collection[str]) -> list[Decision]:
    """Of people whom tiles stand for: `same` are the tiles of those who are the one who is asked about."""
    person = question.people[0]
    size = Counter(names.values())
    people = [person, *(tile.person for tile in question.tiles if tile.face in same)]
    keep, *joined = sorted(people, key=lambda name: keep_first(name, size[name]))
    found = [
        Decision("different", tile.faces, person, tile.person, others=question.beside)
        for tile in question.tiles
        if tile.face not in same
    ]
    found += [merged(keep, name, names) for name in joined]
    return [replace(decision, gesture="1") for decision in found] if len(found) > 1 else found


def named(question: Question, names: Mapping[str, str], name: str) -> list[Decision]:
    """The name that a person was given; somebody who has it already is the same person."""
    (person,) = question.people
    if name != person and name in names.values():
        return [merged(name, person, names)]
    faces = tuple(face for face, other in names.items() if other == person)
    return [Decision("rename", faces, name, person)]


def merged(keep: str, join: str, names: Mapping[str, str]) -> Decision:
    """`join` is `keep`."""
    faces, others = (tuple(face for face, name in names.items() if name == person) for person in (join, keep))
    return Decision("same", faces, keep, join, others=others)


def _moved(faces: Iterable[str], names: Mapping[str, str], name: str) -> list[Decision]:
    """A decision for each name that the faces have."""
    by_name: dict[str, list[str]] = defaultdict(list)
    for face in faces:
        by_name[names[face]].append(face)
    return [Decision("assign", tuple(some), name, was) for was, some in by_name.items()]


def _gesture(parts: Iterable[Iterable[Decision]]) -> list[Decision]:
    """Decisions that are one gesture; those that say the same are one decision."""
    faces: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for decision in (decision for part in parts for decision in part):
        faces[decision.kind, decision.person, decision.was] += decision.faces
    found = [Decision(kind, tuple(some), person, was) for (kind, person, was), some in faces.items()]
    return [replace(decision, gesture="1") for decision in found] if len(found) > 1 else found


def _faces(tiles: Iterable[Tile]) -> tuple[str, ...]:
    return tuple(face for tile in tiles for face in tile.faces)
