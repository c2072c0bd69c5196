"""What a question is: a few pictures, why they are shown, how likely the answer changes something, what it is worth."""

import re
from dataclasses import dataclass

PEOPLE = ("merge", "also")  # whether people are one, which is found soonest
MISTAKES = (*PEOPLE, "odd", "unknown", "collage")
KINDS = (*MISTAKES, "name", "strangers")
GRIDS = ("also", "odd", "unknown", "strangers")  # a picture or more to tick
_PLACEHOLDER = re.compile(r"person_\d{3,}")


def is_placeholder(name: str) -> bool:
    """Whether a name is one that nobody has given."""
    return _PLACEHOLDER.fullmatch(name) is not None


def keep_first(name: str, faces: int) -> tuple[bool, int, str]:
    """Sorts the names of one person, with how many faces each has: the one to keep comes first."""
    return is_placeholder(name), -faces, name


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture to look at.

    face: whose picture. faces: all that the answer counts for, such as those of its track; `face` is one of them. Of
    `also`, up to eight different ones of a person, for whom the answer counts.
    person: the name that they have, "" for unknown. nearest: of `odd` and `unknown`, whom they resemble most, likely
    ones first, without `person`; of `merge`, the other one, where they resemble that one more. owner: of `odd`, whose
    they are likely to be if not the person's, "" where nobody is; together: with another tile they are rather one
    person, whom nobody knows yet. probability: that what is asked is so for them; nats: the same as log odds, before
    answers are learnt from.
    """

    face: str
    faces: tuple[str, ...]
    person: str
    nearest: tuple[str, ...] = ()
    probability: float = 0.0
    nats: float = 0.0
    owner: str = ""
    together: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask, and what for.

    kind       people                          tiles                                  what is asked
    merge      two, first the name to keep     up to eight different ones of each     are they one person?
    also       one                             people who may be that one              which are?
    odd        one                             those that may not be hers or his      which are somebody else?
    unknown    one                             unknown faces that may be hers or his  which are?
    collage    one or two                      faces of one picture that look alike   are they one person?
    name       one that nobody has named       up to eight different ones             who is it?
    strangers  people of very few faces        one of each                            which are nobody who matters?

    probability: that the answer changes something; nats: the same as log odds, before answers are learnt from. gain:
    faces that become right, on average. effort: of looking and answering, in seconds. keys: what it is known by; it is
    not asked while one of these is among those that were asked. why: a line for people. beside: of `odd` and `unknown`,
    up to four different faces that the person has for certain, to compare with.
    """

    kind: str
    people: tuple[str, ...]
    tiles: tuple[Tile, ...]
    probability: float
    nats: float
    gain: float
    effort: float
    keys: tuple[str, ...]
    why: str
    beside: tuple[str, ...] = ()

    @property
    def worth(self) -> float:
        """Faces that become right in a second."""
        return self.gain / self.effort

    @property
    def faces(self) -> set[str]:
        """Those that it shows or counts for."""
        return {*self.beside, *(face for tile in self.tiles for face in (tile.face, *tile.faces))}

    @property
    def named(self) -> set[str]:
        """The people whom it is about or names."""
        names = (name for tile in self.tiles for name in (tile.person, tile.owner, *tile.nearest))
        return {*self.people, *names} - {""}

    def side(self, person: str) -> tuple[Tile, ...]:
        """The tiles of one of the people."""
        return tuple(tile for tile in self.tiles if tile.person == person)
