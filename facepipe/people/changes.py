"""What other names of faces mean: who was joined, who fell apart, how many faces moved."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from facepipe.files.names import natural_key
from facepipe.words import counted


@dataclass(frozen=True, slots=True)
class Changes:
    """joined: (a person who is gone, whose most faces are somebody's now who was there before). parted: people whose
    faces are several people's now. flows: (name before, name after) -> faces, "" for unknown, of those that moved."""

    joined: tuple[tuple[str, str], ...]
    parted: tuple[str, ...]
    flows: Mapping[tuple[str, str], int]

    @property
    def moved(self) -> int:
        """Faces whose name changes."""
        return sum(self.flows.values())

    def lines(self, most: int) -> Iterator[str]:
        """In words, the largest first; at most `most` of the faces that move from one person to another."""
        people = [
            f"{counted(len(self.joined), 'person', 'people')} joined to others",
            f"{counted(len(self.parted), 'person', 'people')} parted",
            f"{counted(self.moved, 'face')} moved",
        ]
        yield ", ".join(people)
        ordered = sorted(self.flows.items(), key=lambda flow: (-flow[1], *map(natural_key, flow[0])))
        for (was, now), faces in ordered[:most]:
            yield f"  {counted(faces, 'face')} of {was or 'unknown'}: {now or 'unknown'}"
        if len(ordered) > most:
            yield f"  and {counted(sum(faces for _, faces in ordered[most:]), 'more face', 'more faces')}"


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> Changes:
    """From the names `before` to those `after`, face -> name, of the faces that both have."""
    went: dict[str, Counter[str]] = defaultdict(Counter)
    for face, was in before.items():
        if face in after:
            went[was][after[face]] += 1
    left = {*after.values()}
    known = sorted(set(went) - {""}, key=natural_key)
    joined = []
    for was in known:
        ((now, _),) = went[was].most_common(1)
        if was not in left and now and now in went:
            joined.append((was, now))
    parted = tuple(was for was in known if len(set(went[was]) - {""}) > 1)
    flows = {(was, now): faces for was, nows in went.items() for now, faces in nows.items() if was != now}
    return Changes(tuple(joined), parted, flows)
