"""Who is put together wrongly: persons of ours who are several people, and people who are several persons of ours, or
nobody, since they were never found."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from facepipe.evaluate.matching import Matching
from facepipe.files.names import natural_key
from facepipe.grouping import rows_by
from facepipe.table import FaceTable
from facepipe.words import counted

UNKNOWN_NAME = "unknown"  # how "" is written
_NAMED = 4  # parts in a line


@dataclass(frozen=True, slots=True, eq=False)
class Mistake:
    """Somebody of one side who is several on the other.

    name: the person. parts: whom the faces belong to on the other side ("": unknown, always the last), the most faces
    first, with their rows of the table, int64. wrong: how many faces are not with the most; all, if all are unknown.
    """

    name: str
    parts: tuple[tuple[str, np.ndarray], ...]
    wrong: int

    def __str__(self) -> str:
        named = _NAMED if len(self.parts) > _NAMED + 1 else len(self.parts)
        shown = [f"{len(rows)} {name or UNKNOWN_NAME}" for name, rows in self.parts[:named]]
        if rest := self.parts[named:]:
            shown.append(f"{sum(len(rows) for _, rows in rest)} in {len(rest)} others")
        return f"{self.name}: {', '.join(shown)}"

    def as_dict(self) -> dict[str, Any]:
        """For JSON: how many faces each part has."""
        parts = {name or UNKNOWN_NAME: len(rows) for name, rows in self.parts}
        return {"name": self.name, "wrong": self.wrong, "parts": parts}


@dataclass(frozen=True, slots=True, eq=False)
class Mistakes:
    """joined: persons of ours who are several people of the truth. split: people of the truth who are several persons
    of ours, or unknown. Both with the most wrong faces first. never_found: people of the truth of whom no face was
    found, with how many it has of them, the most first."""

    joined: tuple[Mistake, ...]
    split: tuple[Mistake, ...]
    never_found: tuple[tuple[str, int], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For JSON: all of them."""
        sides = {side: [one.as_dict() for one in getattr(self, side)] for side in ("joined", "split")}
        return {**sides, "never_found": dict(self.never_found)}


def find_mistakes(table: FaceTable, matching: Matching) -> Mistakes:
    """What is wrong with the people of the table, by the faces that are somebody of the truth."""
    judged = np.flatnonzero(matching.person >= 0)
    true = [matching.people[person] for person in matching.person[judged].tolist()]
    found = [table.person[row] for row in judged.tolist()]
    joined = [one for one in _against(found, true, judged) if one.name]
    missed = Counter(matching.people[one.person] for one in matching.missed)
    never = sorted(missed.keys() - set(true), key=lambda name: (-missed[name], natural_key(name)))
    split = _worst_first(_against(true, found, judged))
    return Mistakes(_worst_first(joined), split, tuple((name, missed[name]) for name in never))


def to_markdown(mistakes: Mistakes, most: int) -> str:
    """Markdown lists of the worst `most` each, which read well in a terminal too."""
    joined, split, never = mistakes.joined, mistakes.split, mistakes.never_found
    blocks = [["No person is several people."]]
    if joined:
        what = counted(len(joined), "person is several people", "persons are several people")
        others = f"{what}; {counted(sum(one.wrong for one in joined), 'face')} of somebody else:"
        blocks = [[others, "", *_listed(joined, most)]]
    if split:
        what = counted(len(split), "person of the truth is", "people of the truth are")
        wrong = counted(sum(one.wrong for one in split), "face")
        blocks.append([f"{what} split or lost; {wrong} elsewhere or unknown:", "", *_listed(split, most)])
    elif not never:
        blocks.append(["Nobody is split or lost."])
    if never:
        what = counted(len(never), "person of the truth was", "people of the truth were")
        names = [f"{name}: {counted(faces, 'face')}" for name, faces in never]
        blocks.append([f"{what} never found:", "", *_listed(names, most)])
    return "\n\n".join("\n".join(lines) for lines in blocks) + "\n"


def _listed(mistakes: Sequence[Mistake | str], most: int) -> Iterator[str]:
    yield from (f"- {one}" for one in mistakes[:most])
    if len(mistakes) > most:
        yield f"- and {len(mistakes) - most:,} more"


def _against(whose: Sequence[str], others: Sequence[str], rows: np.ndarray) -> Iterator[Mistake]:
    """Everybody of one side who is not one person on the other."""
    for name, places in rows_by(whose).items():
        apart = rows_by([others[place] for place in places])
        parts = sorted(apart.items(), key=lambda part: (part[0] == "", -len(part[1]), natural_key(part[0])))
        together = max((len(members) for other, members in parts if other), default=0)
        if together < len(places):
            shown = tuple((other, rows[places[members]]) for other, members in parts)
            yield Mistake(name, shown, len(places) - together)


def _worst_first(mistakes: Sequence[Mistake] | Iterator[Mistake]) -> tuple[Mistake, ...]:
    return tuple(sorted(mistakes, key=lambda one: (-one.wrong, natural_key(one.name))))
