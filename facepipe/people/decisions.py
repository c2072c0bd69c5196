"""The corrections that people have made of a run, and what they come to; `log` keeps them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from facepipe.records import Told
from facepipe.words import counted

KINDS = ("assign", "same", "reject", "nobody", "rename", "different", "undo", "forget")
FEW = 2  # faces of a person who is somebody else, too: of so few, each was looked at
REDACTED = "<forgotten>"  # in the place of a forgotten person's name; nobody's folder can be called so


@dataclass(frozen=True, slots=True)
class Decision:
    """One correction of some faces, all of which had the name `was` before.

    kind      the faces ...                                                        person
    assign    are this person's                                                    the name
    same      are all that this person has, who is also ...                        the name of `others`
    rename    are all that this person has, and the person is called so now        the new name
    reject    are not this person's                                                the name that they do not have
    nobody    are nobody's                                                         ""
    different are somebody else than `others`; all keep their names                the name of `others`
    undo      go back: the last decision that still holds is taken back            the name that they get back
    forget    are removed for good; no name is kept                                ""

    others: of `same`, faces that the person has already; of `different`, faces of the second person, none of them
    among the first; else none. gesture: equal for decisions that were made at once and are taken back at once; "" for
    one by itself. number: 1, 2, ... in the log, 0 before it is there. when: ISO 8601, UTC. by: login name.
    """

    kind: str
    faces: tuple[str, ...]
    person: str = ""
    was: str = ""
    number: int = 0
    when: str = ""
    by: str = ""
    others: tuple[str, ...] = ()
    gesture: str = ""

    def __post_init__(self) -> None:
        texts = (self.person, self.was, self.when, self.by, self.gesture, *self.faces, *self.others)
        numbered = isinstance(self.number, int) and not isinstance(self.number, bool)
        if self.kind not in KINDS or not numbered or not all(isinstance(text, str) for text in texts):
            raise ValueError("not a decision")
        two = self.kind in ("same", "different")
        if bool(self.others) != two or (two and (not self.faces or not {*self.faces}.isdisjoint(self.others))):
            raise ValueError("not a decision on two people")
        "".join(texts).encode()  # or it cannot be written; UnicodeEncodeError is a ValueError

    @property
    def leaves_names(self) -> bool:
        """Whether the faces keep the names that they have: it only says who is somebody else than whom."""
        return self.kind == "different"

    @property
    def name_now(self) -> str:
        """The name that the faces have after the decision, unless it `leaves_names`."""
        return self.person if self.kind in ("assign", "same", "rename", "undo") else ""


@dataclass(frozen=True, slots=True)
class Corrections:
    """What all decisions come to.

    person: the confirmed name of a face. rejected: the names that a face must not get. nobody: faces that stay
    unknown. names: old name -> the name that this person has now. forgotten: faces that must not come back. used:
    every name that a decision speaks of; none of them is free for somebody new. different: pairs of sets of faces; no
    two faces, one of each, are one person. same: pairs of sets that somebody has said to be one person. looked: faces
    that were decided on one by one, not with all of a person.
    """

    person: dict[str, str] = field(default_factory=dict)
    rejected: dict[str, frozenset[str]] = field(default_factory=dict)
    nobody: frozenset[str] = frozenset()
    names: dict[str, str] = field(default_factory=dict)
    forgotten: frozenset[str] = frozenset()
    used: frozenset[str] = frozenset()
    different: tuple[tuple[frozenset[str], frozenset[str]], ...] = ()
    same: tuple[tuple[frozenset[str], frozenset[str]], ...] = ()
    looked: frozenset[str] = frozenset()

    def told_apart(self, names: Mapping[str, str]) -> set[frozenset[str]]:
        """Pairs of names that somebody has said to be two people; names: face -> the name that it has now."""
        found = set()
        for sides in self.different:
            one, other = ({names.get(face, "") for face in side} - {""} for side in sides)
            found |= {frozenset((a, b)) for a in one for b in other if a != b}
        return found

    @property
    def told(self) -> Told:
        """What a clusterer has to respect."""
        people: dict[str, set[str]] = defaultdict(set)
        for face, name in self.person.items():
            people[name].add(face)
        barred: dict[str, set[str]] = defaultdict(set)
        for face, names in self.rejected.items():
            for name in names & people.keys():
                barred[name].add(face)
        rejected = [(frozenset(faces), frozenset(people[name])) for name, faces in barred.items()]
        return Told(tuple(map(frozenset, people.values())), (*self.different, *rejected))


def in_force(decisions: Sequence[Decision]) -> list[Decision]:
    """The decisions that no undo has taken back. What was forgotten cannot be taken back."""
    holding: list[Decision] = []
    for decision in decisions:
        if decision.kind != "undo":
            holding.append(decision)
        elif (last := last_to_undo(holding)) is not None:
            holding.remove(last)
    return holding


def last_to_undo(holding: Sequence[Decision]) -> Decision | None:
    """The decision that an undo takes back, of those in force: the last one on faces that are not all forgotten."""
    gone = _forgotten(holding)
    return next((decision for decision in reversed(holding) if not _is_moot(decision, gone)), None)


def _is_moot(decision: Decision, gone: frozenset[str]) -> bool:
    """Whether the faces that a decision is about are gone."""
    if decision.kind == "different" and gone.issuperset(decision.others):
        return True
    return gone.issuperset(decision.faces)


def named_by(people: Mapping[str, str], decisions: Iterable[Decision]) -> dict[str, str]:
    """The name of every face after some more decisions."""
    names = dict(people)
    for decision in decisions:
        if not decision.leaves_names:
            names.update((face, decision.name_now) for face in decision.faces if face in names)
    return names


def names_had(decisions: Sequence[Decision], name: str, others: Collection[str]) -> set[str]:
    """A person's name and those that the person had before. others: the people who are left; what is one of their
    names now stays theirs."""
    return {name, *(old for old, new in replay(decisions).names.items() if new == name)} - {*others}


def without_person(decisions: Sequence[Decision], names: Collection[str]) -> list[Decision]:
    """`decisions`, the last of which forgets a person, without the names that the person had."""
    gone = _forgotten(decisions)
    return [redacted(decision, {*names, *_names_of_gone(decision, gone)}) for decision in decisions]


def _names_of_gone(decision: Decision, gone: frozenset[str]) -> set[str]:
    """The names in a decision that speak of nobody but faces that are gone."""
    whose = {decision.was: decision.faces, decision.person: decision.others or decision.faces}
    return {name for name, faces in whose.items() if gone.issuperset(faces)}


def redacted(decision: Decision, names: Collection[str]) -> Decision:
    """A decision in which some names are taken out."""
    person, was = (REDACTED if name and name in names else name for name in (decision.person, decision.was))
    return replace(decision, person=person, was=was)


def _forgotten(decisions: Iterable[Decision]) -> frozenset[str]:
    return frozenset(face for decision in decisions if decision.kind == "forget" for face in decision.faces)


def replay(decisions: Sequence[Decision]) -> Corrections:
    """What a log comes to."""
    said = _Replay()
    for decision in in_force(decisions):
        if decision.kind in ("rename", "same"):
            said.call(decision.was, decision.person)
        if decision.kind == "different":
            said.different.append(
                _Apart([decision.was, decision.person], [frozenset(decision.faces), frozenset(decision.others)])
            )
            continue
        if decision.kind == "same":
            said.same.append((frozenset(decision.faces), frozenset(decision.others)))
        said.place(decision)
    return said.corrections(
        frozenset(name for decision in decisions for name in (decision.person, decision.was)) - _NOBODY
    )


_NOBODY = frozenset({"", REDACTED})


@dataclass(slots=True)
class _Apart:
    """Two people who are not one: what they are called now, and the faces of each that this was said of."""

    names: list[str]
    sides: list[frozenset[str]]

    def place(self, faces: Collection[str], name: str) -> None:
        """Faces that are given to one of the two were not the other's; of the rest it still holds."""
        self.sides = [
            side - frozenset(faces) if name == other else side
            for side, other in zip(self.sides, reversed(self.names), strict=True)
        ]


class _Replay:
    """What the decisions that were read so far come to; see `Corrections`."""

    def __init__(self) -> None:
        self.person: dict[str, str] = {}
        self.rejected: dict[str, frozenset[str]] = {}
        self.nobody: set[str] = set()
        self.names: dict[str, str] = {}
        self.forgotten: set[str] = set()
        self.looked: set[str] = set()
        self.different: list[_Apart] = []
        self.same: list[tuple[frozenset[str], frozenset[str]]] = []

    def call(self, old: str, new: str) -> None:
        """Everything that was said of `old` is said of `new`."""
        self.person = {face: new if name == old else name for face, name in self.person.items()}
        self.rejected = {
            face: frozenset(new if name == old else name for name in names) - {self.person.get(face)}
            for face, names in self.rejected.items()
        }
        self.names = {**{a: new if b == old else b for a, b in self.names.items() if a != new}, old: new}
        for apart in self.different:
            apart.names = [new if name == old else name for name in apart.names]

    def place(self, decision: Decision) -> None:
        """Take in what a decision says of the names of its faces."""
        kind, name = decision.kind, decision.person
        for apart in self.different if kind == "assign" else ():
            apart.place(decision.faces, name)
        if kind == "assign" and self.names.get(name, name) != name:
            del self.names[name]  # whoever was called so is called otherwise; this is somebody else
        for faces in (decision.faces, decision.others):
            if kind in ("assign", "reject", "nobody") or (kind == "same" and len(faces) <= FEW):
                self.looked.update(faces)
        for face in decision.faces + decision.others:
            out = self.rejected.pop(face, frozenset())
            self.person.pop(face, None)
            self.nobody.discard(face)
            if kind == "forget":
                self.forgotten.add(face)
                continue
            if kind == "nobody":
                self.nobody.add(face)
            elif kind == "reject":
                out |= {name}
            else:
                self.person[face] = name
                out = (out | {decision.was} if kind == "assign" else out) - {name}
            if out - {""}:
                self.rejected[face] = out - {""}

    def corrections(self, used: frozenset[str]) -> Corrections:
        gone = self.forgotten
        person = {face: name for face, name in self.person.items() if face not in gone and name not in _NOBODY}
        return Corrections(
            person,
            {face: out - _NOBODY for face, out in self.rejected.items() if face not in gone and out - _NOBODY},
            frozenset(self.nobody - gone),
            {old: new for old, new in self.names.items() if _NOBODY.isdisjoint((old, new))},
            frozenset(gone),
            used,
            tuple(self._still_different(person)),
            tuple((one - gone, other - gone) for one, other in self.same if one - gone and other - gone),
            frozenset(self.looked - gone),
        )

    def _still_different(self, person: Mapping[str, str]) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
        """Without pairs of which faces of both have got one name."""
        for apart in self.different:
            one, other = (side - self.forgotten for side in apart.sides)
            names = [{person[face] for face in side if face in person} for side in (one, other)]
            if one and other and names[0].isdisjoint(names[1]):
                yield one, other


def describe(decision: Decision) -> str:
    """A decision in a line."""
    faces = counted(len(decision.faces), "face")
    was = decision.was or "unknown"
    return {
        "same": f"{was} is {decision.person} ({faces})",
        "different": f"{was} and {decision.person or 'unknown'} are two people",
        "rename": f"{was} is now called {decision.person} ({faces})",
        "assign": f"{faces} of {was}: {'confirmed' if was == decision.person else f'now {decision.person}'}",
        "reject": f"{faces}: not {decision.person}, now unknown",
        "nobody": f"{faces} of {was}: nobody's",
        "undo": f"{faces} of {was}: {decision.person or 'unknown'} again",
        "forget": f"{faces}: forgotten",
    }[decision.kind]
