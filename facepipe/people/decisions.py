"""The corrections that people have made of a run, and what they come to; `log` keeps them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from facepipe.words import counted

KINDS = ("assign", "reject", "nobody", "rename", "undo", "forget")
REDACTED = "<forgotten>"  # in the place of a forgotten person's name; nobody's folder can be called so


@dataclass(frozen=True, slots=True)
class Decision:
    """One correction of some faces, all of which had the name `was` before.

    kind      the faces ...                                                        person
    assign    are this person's                                                    the name
    rename    are all that this person has, and the person is called so now        the new name
    reject    are not this person's                                                the name that they do not have
    nobody    are nobody's                                                         ""
    undo      go back: the last decision that still holds is taken back            the name that they get back
    forget    are removed for good; no name is kept                                ""

    number: 1, 2, ... in the log, 0 before it is there. when: ISO 8601, UTC. by: login name.
    """

    kind: str
    faces: tuple[str, ...]
    person: str = ""
    was: str = ""
    number: int = 0
    when: str = ""
    by: str = ""

    def __post_init__(self) -> None:
        texts = (self.person, self.was, self.when, self.by, *self.faces)
        numbered = isinstance(self.number, int) and not isinstance(self.number, bool)
        if self.kind not in KINDS or not numbered or not all(isinstance(text, str) for text in texts):
            raise ValueError("not a decision")
        "".join(texts).encode()  # or it cannot be written; UnicodeEncodeError is a ValueError

    @property
    def name_now(self) -> str:
        """The name that the faces have after the decision."""
        return self.person if self.kind in ("assign", "rename", "undo") else ""


@dataclass(frozen=True, slots=True)
class Corrections:
    """What all decisions come to.

    person: the confirmed name of a face. rejected: the names that a face must not get. nobody: faces that stay
    unknown. names: old name -> the name that this person has now. forgotten: faces that must not come back. used:
    every name that a decision speaks of; none of them is free for somebody new.
    """

    person: dict[str, str] = field(default_factory=dict)
    rejected: dict[str, frozenset[str]] = field(default_factory=dict)
    nobody: frozenset[str] = frozenset()
    names: dict[str, str] = field(default_factory=dict)
    forgotten: frozenset[str] = frozenset()
    used: frozenset[str] = frozenset()


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
    return next((decision for decision in reversed(holding) if not gone.issuperset(decision.faces)), None)


def names_had(decisions: Sequence[Decision], name: str, others: Collection[str]) -> set[str]:
    """A person's name and those that the person had before. others: the people who are left; what is one of their
    names now stays theirs."""
    return {name, *(old for old, new in replay(decisions).names.items() if new == name)} - {*others}


def without_person(decisions: Sequence[Decision], names: Collection[str]) -> list[Decision]:
    """`decisions`, the last of which forgets a person, without the names that the person had."""
    gone = _forgotten(decisions)
    return [
        redacted(decision, {decision.person, decision.was} if gone.issuperset(decision.faces) else names)
        for decision in decisions
    ]


def redacted(decision: Decision, names: Collection[str]) -> Decision:
    """A decision in which some names are taken out."""
    person, was = (REDACTED if name and name in names else name for name in (decision.person, decision.was))
    return replace(decision, person=person, was=was)


def _forgotten(decisions: Iterable[Decision]) -> frozenset[str]:
    return frozenset(face for decision in decisions if decision.kind == "forget" for face in decision.faces)


def replay(decisions: Sequence[Decision]) -> Corrections:
    """What a log comes to."""
    person: dict[str, str] = {}
    rejected: dict[str, frozenset[str]] = {}
    nobody: set[str] = set()
    names: dict[str, str] = {}
    forgotten: set[str] = set()
    for decision in in_force(decisions):
        if decision.kind == "rename":
            old, new = decision.was, decision.person
            person = {face: new if name == old else name for face, name in person.items()}
            rejected = {face: frozenset(new if n == old else n for n in out) for face, out in rejected.items()}
            names = {**{a: new if b == old else b for a, b in names.items() if a != new}, old: new}
        for face in decision.faces:
            out = rejected.pop(face, frozenset())
            person.pop(face, None)
            nobody.discard(face)
            if decision.kind == "forget":
                forgotten.add(face)
                continue
            if decision.kind == "nobody":
                nobody.add(face)
            elif decision.kind == "reject":
                out |= {decision.person}
            else:
                person[face] = decision.person
                if decision.kind == "assign":
                    out |= {decision.was}
                out -= {decision.person}
            if out - {""}:
                rejected[face] = out - {""}
    unknown = {"", REDACTED}
    return Corrections(
        {face: name for face, name in person.items() if face not in forgotten and name not in unknown},
        {face: out - unknown for face, out in rejected.items() if face not in forgotten and out - unknown},
        frozenset(nobody - forgotten),
        {old: new for old, new in names.items() if unknown.isdisjoint((old, new))},
        frozenset(forgotten),
        frozenset(name for decision in decisions for name in (decision.person, decision.was)) - unknown,
    )


def describe(decision: Decision) -> str:
    """A decision in a line."""
    faces = counted(len(decision.faces), "face")
    was = decision.was or "unknown"
    return {
        "rename": f"{was} is now called {decision.person} ({faces})",
        "assign": f"{faces} of {was}: {'confirmed' if was == decision.person else f'now {decision.person}'}",
        "reject": f"{faces}: not {decision.person}, now unknown",
        "nobody": f"{faces} of {was}: nobody's",
        "undo": f"{faces} of {was}: {decision.person or 'unknown'} again",
        "forget": f"{faces}: forgotten",
    }[decision.kind]
