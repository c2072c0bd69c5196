"""Somebody who knows everybody and answers the questions of a review, and what that costs."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from facepipe.people.decisions import Decision
from facepipe.people.naming import free_names
from facepipe.questions import answers
from facepipe.questions.question import Question

NAMES = 3  # that the answerer is ready to type


@dataclass
class Answerer:
    """Somebody who knows who everybody is, and what it costs to say so. keys: strokes; a tile that is likely enough is
    ticked already, so that only what differs takes one, and one more sends the answer; one more says
    of a tile that it is not whose it is likely to be either, and two whose it is."""

    truth: Mapping[str, str]
    questions: int = 0
    tiles: int = 0
    keys: int = 0
    names: int = 0

    def __post_init__(self) -> None:
        self.log: list[Decision] = []

    def answer(self, question: Question, names: Mapping[str, str]) -> tuple[list[Decision], set[str]]:
        """The decisions, and the tiles of which what was asked is so."""
        self.questions += 1
        self.tiles += len(question.tiles)
        self.keys += 1
        who = {tile.face: self.truth[tile.face] for tile in question.tiles}
        if question.kind == "name":
            place = self.misplaced(question, names)
            if place:
                self.keys += len(place)
                return answers.placed(question, names, place), set()
            if self.names == NAMES:
                return [], set()  # and the next ones are asked later
            self.names += 1
            return answers.named(question, names, f"Name {self.names}"), {question.tiles[0].face}
        if question.kind in ("merge", "collage"):
            sides = [tiles] if (tiles := question.tiles[:1]) and question.kind == "collage" else []
            sides = [*sides, question.tiles[1:]] if sides else [question.side(name) for name in question.people]
            (first, one), (second, other) = (_majority([who[tile.face] for tile in side]) for side in sides)
            if min(one, other) <= 0.5:  # a side of two people: later
                return [], set()
            if first == second:
                return answers.one_person(question, names), {question.tiles[0].face}
            return answers.two_people(question), set()
        identity = self.identities(names)
        if question.kind == "also":
            (keep,) = question.people
            seen = {tile.face: _majority([self.truth[face] for face in tile.faces])[0] for tile in question.tiles}
            true = _majority([self.truth[face] for face in question.beside])[0]
            right = {face for face, who in seen.items() if who == true}
            self.toggles(question, right)
            return answers.placed(question, names, dict.fromkeys(right, keep)), right
        if question.kind == "unknown":
            right = {face for face, true in who.items() if true == identity[question.people[0]]}
            self.toggles(question, right)
            return answers.placed(question, names, dict.fromkeys(right, question.people[0])), right
        if question.kind == "strangers":
            return answers.placed(question, names, {}), set()
        place = self.misplaced(question, names)
        new = {*place.values()} - {*names.values()}
        for tile in question.tiles:
            if tile.face in place:
                name = place[tile.face]
                as_shown = name in new if tile.together or len(question.tiles) == 1 else name == tile.owner
                self.keys += 0 if as_shown else 1 if name in new or not name else 2  # as what it is ticked instead
        self.toggles(question, {*place})
        return answers.placed(question, names, place), {*place}

    def misplaced(self, question: Question, names: Mapping[str, str]) -> dict[str, str]:
        """Where the tiles belong that are not of the person whose they seem; "" for somebody whom nobody knows, but for
        one of whom there are several faces."""
        (person,) = question.people
        identity = self.identities(names)
        compared = question.beside or [tile.face for tile in question.tiles]
        true = _majority([self.truth[face] for face in compared])[0]
        others = {name: who for name, who in identity.items() if name != person}
        home = {who: name for name, who in reversed(others.items())} | {true: person}
        new = free_names([*names.values(), *(d.person for d in self.log), *(d.was for d in self.log)])
        size = Counter(self.truth.values())
        lost = [tile for tile in question.tiles if self.truth[tile.face] not in home]
        lost = [self.truth[tile.face] for tile in lost if tile.together or size[self.truth[tile.face]] > 1]
        if lost:
            home[_majority(lost)[0]] = next(new)
        return {tile.face: home.get(who, "") for tile in question.tiles if (who := self.truth[tile.face]) != true}

    def toggles(self, question: Question, ticked: set[str]) -> None:
        """What differs from what is ticked already, or from all of it turned round, which takes a stroke too."""
        other = sum((tile.probability > 0.5) != (tile.face in ticked) for tile in question.tiles)
        self.keys += min(other, 1 + len(question.tiles) - other)

    def identities(self, names: Mapping[str, str]) -> dict[str, str]:
        """Who the people are, the largest first: of whom most of their faces are."""
        count: dict[str, Counter[str]] = defaultdict(Counter)
        for face, name in names.items():
            if name:
                count[name][self.truth[face]] += 1
        by_size = sorted(count, key=lambda name: -count[name].total())
        return {name: count[name].most_common(1)[0][0] for name in by_size}


def _majority(values: list[str]) -> tuple[str, float]:
    """The most frequent, and its share."""
    ((value, count),) = Counter(values).most_common(1)
    return value, count / len(values)
