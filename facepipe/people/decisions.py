"""decisions.jsonl: every correction that a person made, one JSON object a line, and what they come to.

The log only grows; undo adds a line too. The one exception: a forgotten person's name is taken out.
"""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path

from facepipe.errors import StoreError
from facepipe.files.atomic import write_text

KINDS = ("assign", "reject", "nobody", "rename", "undo", "forget")
REDACTED = "forgotten"


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
        if self.kind not in KINDS or not all(isinstance(text, str) for text in texts):
            raise ValueError("not a decision")

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


def read(path: Path) -> list[Decision]:
    """The decisions of a log, in order; none where there is no file. StoreError names the line that is damaged."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise StoreError(f"cannot read {path}: {error}") from error
    decisions = []
    for number, line in enumerate(lines, 1):
        try:
            values = json.loads(line)
            decisions.append(Decision(**{**values, "faces": tuple(values["faces"])}))
            if decisions[-1].number != number:
                raise ValueError(f"it has number {decisions[-1].number}")
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise StoreError(f"{path}, line {number} is not a decision ({error}): mend or remove that line") from error
    return decisions


def append(path: Path, decisions: Iterable[Decision], *, redacting: str = "") -> list[Decision]:
    """Add decisions to a log, numbered, dated and signed; all or, when the disk is full (StorageFull), none.

    redacting: a name that is taken out of the whole log; what was decided about which faces stays.
    """
    before = read(path)
    when, by = datetime.now(timezone.utc).isoformat(timespec="seconds"), _login()
    added = [
        replace(decision, number=number, when=when, by=by) for number, decision in enumerate(decisions, len(before) + 1)
    ]
    if added:
        log = before + added
        _write(path, [_without(decision, redacting) for decision in log] if redacting else log)
    return added


def _without(decision: Decision, name: str) -> Decision:
    return replace(
        decision,
        person=REDACTED if decision.person == name else decision.person,
        was=REDACTED if decision.was == name else decision.was,
    )


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
    """The decision that an undo takes back, of those in force."""
    return next((decision for decision in reversed(holding) if decision.kind != "forget"), None)


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
    return Corrections(
        {face: name for face, name in person.items() if face not in forgotten},
        {face: out for face, out in rejected.items() if face not in forgotten},
        frozenset(nobody - forgotten),
        names,
        frozenset(forgotten),
        frozenset(name for decision in decisions for name in (decision.person, decision.was) if name),
    )


def describe(decision: Decision) -> str:
    """A decision in a line."""
    faces = f"{len(decision.faces)} face{'s' if len(decision.faces) != 1 else ''}"
    was = decision.was or "unknown"
    return {
        "rename": f"{was} is now called {decision.person} ({faces})",
        "assign": f"{faces} of {was}: {'confirmed' if was == decision.person else f'now {decision.person}'}",
        "reject": f"{faces}: not {decision.person}, now unknown",
        "nobody": f"{faces} of {was}: nobody's",
        "undo": f"{faces} of {was}: {decision.person or 'unknown'} again",
        "forget": f"{faces}: forgotten",
    }[decision.kind]


def _write(path: Path, decisions: Sequence[Decision]) -> None:
    write_text(path, "".join(json.dumps(asdict(decision), ensure_ascii=False) + "\n" for decision in decisions))


def _login() -> str:
    """The user's name as the environment has it: to ask the system for it may mean to ask a server."""
    return next((name for name in map(os.environ.get, ("LOGNAME", "USER", "LNAME", "USERNAME")) if name), "")
