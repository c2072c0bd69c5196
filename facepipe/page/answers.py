"""What a person can say on the page, as decisions: one gesture each, taken back as a whole.

Every function takes the labels as they are and raises Gone where it speaks of somebody who is not there any more.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from facepipe.errors import UsageError
from facepipe.files.names import UNKNOWN_FOLDER
from facepipe.files.removal import folded
from facepipe.page.labels import Labels
from facepipe.people.decisions import Decision
from facepipe.people.naming import free_names
from facepipe.people.scan import name_of

_MOST_LETTERS = 100  # of a name that is typed
_UNSEEN = re.compile("[\u200b\u2060\ufeff]")  # blanks without a width, which a paste brings along


class Gone(UsageError):
    """What an answer speaks of is not there any more: the page shows how things were."""


class Taken(UsageError):
    """A name that somebody else has, `name` as it is written there."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is somebody else's name: are they one person?")
        self.name = name


def rename(labels: Labels, person: str, name: str) -> list[Decision]:
    """Somebody gets a name. Taken: it is another person's."""
    faces = _all_of(labels, person)
    new = typed_name(labels, name)
    if new == person:
        return []
    other = _alike(labels, new)
    if other not in (None, person):
        raise Taken(other)
    return [Decision("rename", faces, new, person)]


def merge(labels: Labels, people: Sequence[str], into: str) -> list[Decision]:
    """Several people are one, who is called `into`."""
    there = _all_of(labels, into)
    decisions = []
    for person in dict.fromkeys(people):
        if person != into:
            faces = _all_of(labels, person)
            decisions.append(Decision("same", faces, into, person, others=there))
            there += faces
    return decisions


def different(labels: Labels, one: str, other: str) -> list[Decision]:
    """Two people are not one."""
    if one == other:
        raise UsageError("nobody differs from himself: name two people")
    return [Decision("different", _all_of(labels, one), other, one, others=_all_of(labels, other))]


def assign(labels: Labels, faces: Sequence[str], person: str) -> list[Decision]:
    """Faces are somebody's, who may be new; for those that are so already this is confirmed."""
    name = somebody_called(labels, person)
    return [Decision("assign", own, name, was) for was, own in _by_name(labels, faces).items()]


def split_off(labels: Labels, faces: Sequence[str]) -> list[Decision]:
    """Faces are one person, whom nobody knows yet."""
    return assign(labels, faces, next(free_names(labels.used)))


def confirm(labels: Labels, faces: Sequence[str]) -> list[Decision]:
    """Faces are whose they are."""
    return [Decision("assign", own, was, was) for was, own in _by_name(labels, faces).items() if was]


def reject(labels: Labels, faces: Sequence[str]) -> list[Decision]:
    """Faces are not the person's whose they are, but unknown."""
    return [Decision("reject", own, was, was) for was, own in _by_name(labels, faces).items() if was]


def nobody(labels: Labels, faces: Sequence[str]) -> list[Decision]:
    """Faces are nobody's who matters."""
    return [Decision("nobody", own, "", was) for was, own in _by_name(labels, faces).items()]


def nobodies(labels: Labels, people: Sequence[str]) -> list[Decision]:
    """People are nobody who matters, with all of their faces."""
    return [Decision("nobody", _all_of(labels, person), "", person) for person in dict.fromkeys(people)]


# What an answer is called -> what it means, and what it takes: a text, or a list of texts.
_ANSWERS: Mapping[str, tuple[Callable[..., list[Decision]], Mapping[str, type]]] = {
    "rename": (rename, {"person": str, "name": str}),
    "merge": (merge, {"people": list, "into": str}),
    "different": (different, {"one": str, "other": str}),
    "assign": (assign, {"faces": list, "person": str}),
    "split": (split_off, {"faces": list}),
    "confirm": (confirm, {"faces": list}),
    "reject": (reject, {"faces": list}),
    "nobody": (nobody, {"faces": list}),
    "nobodies": (nobodies, {"people": list}),
}


def decisions_of(labels: Labels, answer: Mapping[str, Any]) -> list[Decision]:
    """What the page sends, {"say": what, ...}, as decisions of one gesture. UsageError: it is no such answer."""
    make, takes = _ANSWERS.get(str(answer.get("say")), (None, {}))
    if make is None:
        raise UsageError("that is no answer")
    values = {name: answer.get(name) for name in takes}
    for name, kind in takes.items():
        texts = values[name] if kind is list else [values[name]]
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise UsageError(f"that is no answer: {name} is missing")
    return [replace(decision, gesture="page") for decision in make(labels, **values)]


def typed_name(labels: Labels, text: str) -> str:
    """A name as it was typed, as its folder is called. UsageError: that is no name."""
    if text and text in labels.rows:
        return text
    text = " ".join(_UNSEEN.sub("", unicodedata.normalize("NFC", text)).split())
    if not any(map(_is_seen, text)) or len(text) > _MOST_LETTERS:
        raise UsageError("a name has between 1 and 100 letters")
    if text in labels.rows:
        return text
    if text.casefold() == UNKNOWN_FOLDER:
        raise UsageError(f"{UNKNOWN_FOLDER} is nobody's name: say that these are nobody")
    return name_of(text)


def _is_seen(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Cf", "Mn", "Zs")  # joiners, accents, blanks


def somebody_called(labels: Labels, text: str) -> str:
    """The name of whoever is called so, but for case, or of somebody new. UsageError: that is no name."""
    name = typed_name(labels, text)
    return _alike(labels, name) or name


def _alike(labels: Labels, name: str) -> str | None:
    """Who is called so, or so but for case: one folder on many systems."""
    return name if name in labels.rows else next((o for o in labels.rows if folded(o) == folded(name)), None)


def _all_of(labels: Labels, person: str) -> tuple[str, ...]:
    if not person or person not in labels.rows:
        raise Gone(f"{person or 'nobody'} is not among the people any more")
    return tuple(labels.faces(person))


def _by_name(labels: Labels, faces: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Faces by whose they are now."""
    found: dict[str, list[str]] = defaultdict(list)
    for face in dict.fromkeys(faces):
        name = labels.name_of(face)
        if name is None:
            raise Gone(f"{face} is no face of the run any more")
        found[name].append(face)
    if not found:
        raise UsageError("no face is chosen")
    return {name: tuple(own) for name, own in sorted(found.items())}
