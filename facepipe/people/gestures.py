"""What a person did at once: a gesture is one decision or several, and it is taken back as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from facepipe.people.decisions import Decision, describe, in_force, last_to_undo


@dataclass(frozen=True, slots=True)
class Gesture:
    """number: 1, 2, ... in the order in which they were made. undone: whether it was taken back."""

    number: int
    decisions: tuple[Decision, ...]
    undone: bool

    @property
    def when(self) -> str:
        """ISO 8601, UTC."""
        return self.decisions[0].when

    def __str__(self) -> str:
        """The gesture in words."""
        return "; ".join(map(describe, self.decisions))


def gestures(decisions: Sequence[Decision]) -> list[Gesture]:
    """Everything that was done and what became of it, the oldest first; to take something back is no gesture."""
    holding = {decision.number for decision in in_force(decisions)}
    made = groupby((decision for decision in decisions if decision.kind != "undo"), key=_mark)
    return [
        Gesture(number, one, any(decision.number not in holding for decision in one))
        for number, one in enumerate((tuple(group) for _, group in made), 1)
    ]


def last_gesture(decisions: Sequence[Decision]) -> list[Decision]:
    """What an undo takes back now, the last decision first; nothing where there is nothing to take back."""
    found: list[Decision] = []
    holding = in_force(decisions)
    while (last := last_to_undo(holding)) is not None and (not found or _mark(last) == _mark(found[0])):
        found.append(last)
        holding.remove(last)
    return found


def _mark(decision: Decision) -> str:
    return decision.gesture or str(decision.number)
