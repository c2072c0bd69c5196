"""The questions that are worth most, found in the background: at 40,000 faces that takes seconds, an answer none.

A review begins with those that the run keeps, where there are any. What was found for an earlier state of the review is
good enough to go on with: the page asks nothing of it that speaks of people or faces that are others now, and an answer
to such a question is refused.
"""

import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from facepipe.errors import UsageError, in_words
from facepipe.page.answers import Gone, nobodies, somebody_called
from facepipe.page.background import Background
from facepipe.page.labels import Labels
from facepipe.page.session import Said, Session
from facepipe.people.decisions import Decision, in_force
from facepipe.people.naming import free_names
from facepipe.questions.answers import named, one_person, placed, two_people
from facepipe.questions.propose import Proposer
from facepipe.questions.question import GRIDS, PEOPLE, Question
from facepipe.results.checks import still_open
from facepipe.table import FaceTable

_MOST = 30  # questions that are found ahead
_FEW = 5  # questions left on a page: then more are found at once
_LONG_S, _QUIET_S = 0.3, 1.5  # what takes long is found when nothing was said for a while: answers go first
_KEPT = 300  # earlier ones that may still be answered: a page may show one


@dataclass(frozen=True, slots=True)
class Found:
    """questions: by their ids, the most worth first. settled: the share of faces that none may change. version: of the
    session for which this holds, -1 before anything was found. asked: keys of what is not to be asked. number: rises
    whenever something was found."""

    questions: Mapping[str, Question]
    settled: float
    version: int
    asked: frozenset[str] = frozenset()
    number: int = 0


class Asker(Background):
    """See the module; what it has found is in `found`."""

    def __init__(self, session: Session) -> None:
        super().__init__("asker")
        self._session = session
        self.found = Found({}, 0.0, -1)
        self._known: dict[str, Question] = {}
        self._asked: frozenset[str] = frozenset()
        self._answers: dict[str, int] = {}  # by id: the number of the last decision that its answer was
        self._learnt: list[tuple[Question, tuple[str, ...]]] = []
        self._proposer: Proposer | None = None
        self._table: FaceTable | None = None
        self._took_s, self._said_at, self._hungry = 0.0, 0.0, False

    @property
    def is_fresh(self) -> bool:
        """Whether what was found holds for how things are now."""
        return (self.found.version, self.found.asked) == (self._session.version, self._asked)

    def look(self, left: int | None = None) -> None:
        """Find questions anew where something has changed. left: how many a page still has; None: it was just said."""
        if left is None:
            self._said_at = time.monotonic()
        self._hungry = left is not None and left < _FEW
        if not self.is_fresh:
            self._wake.set()

    def skip(self, question_id: str) -> None:
        """A question stays open, and is not asked again in this review."""
        question = self._known.get(question_id)
        if question is not None:
            self._asked |= {*question.keys}
            if question.kind == "name":  # who does not know one may not know others
                self._learnt.append((question, ()))
            self.look()

    def stands(self, question_id: str) -> bool:
        """Whether a question is known, about how things are now, and not answered, on another page too."""
        question = self._known.get(question_id)
        gone = question is None or _what_is_gone(self._session.labels, question)
        return not gone and question_id not in self._answered()

    def open(self) -> dict[str, Question]:
        """What was found by ids, but for what was answered or skipped since."""
        answered, found = self._answered(), self.found.questions
        return {key: one for key, one in found.items() if key not in answered and self._asked.isdisjoint(one.keys)}

    def _answered(self) -> set[str]:
        """The ids of questions whose answers hold: they were not taken back."""
        if not self._answers:
            return set()
        holding = {one.number for one in in_force(self._session.decisions)}
        return {key for key, number in self._answers.items() if number in holding}

    def answer(self, question_id: str, reply: Mapping[str, Any]) -> Said:
        """Log what an answer means. Gone: the question speaks of what is not so any more. UsageError: it is none."""
        question = self._known.get(question_id)
        if question is None:
            raise Gone("this question is not open any more")

        def decisions(now: Session) -> list[Decision]:
            if question_id in self._answered():
                raise Gone("this question was answered already, on another page")
            return _decisions(now.labels, question, reply)

        said = self._session.say(decisions)
        if said.decisions:
            self._answers[question_id] = said.decisions[-1].number
        changed = [tile.face for tile in question.tiles]
        if question.kind in GRIDS:
            changed = [face for face, name in _place(reply).items() if _is_so(question, name)] + _fresh(reply)
        elif reply.get("reply") == "no":
            changed = []
        self._learnt.append((question, tuple(changed)))
        return said

    def _work(self) -> None:
        self._wake.set()
        while not self._ending:
            self._wait()
            while self._can_wait() and not self._ending:
                self._wait(_LONG_S)
            if not self._ending:
                started = time.monotonic()
                try:
                    self._find()
                    self._took_s = time.monotonic() - started
                except Exception as error:  # the page goes on without questions, and says why
                    traceback.print_exc()
                    self._session.notes.warn(f"no questions can be found: {in_words(error)}")
                    version, number = self._session.version, self.found.number + 1
                    self.found = Found({}, self.found.settled, version, self._asked, number)

    def _can_wait(self) -> bool:
        return self._took_s > _LONG_S and not self._hungry and time.monotonic() - self._said_at < _QUIET_S

    def _find(self) -> None:
        session = self._session
        with session.reading():
            version, labels, corrections = session.version, session.labels, session.corrections
            names = labels.by_face()
            kept = _kept(session, names) if self.found.version < 0 else []
        asked = self._asked
        if kept:
            self._show(kept[:_MOST], 0.0, -1, asked)
        proposer = self._proposer
        if proposer is None or self._table is not labels.table:
            self._table = labels.table
            self._proposer = proposer = Proposer(labels.table.named(names), corrections)
        else:
            proposer.update(names, corrections)
        while self._learnt:
            proposer.learn(*self._learnt.pop(0))
        if self.found.version < 0 and not kept:  # what there is to begin with, long before the rest
            self._show(proposer.questions(asked, _MOST, PEOPLE), 0.0, -1, asked)
        found = proposer.questions(asked, _MOST)
        self._show(found, proposer.settled(), version, asked)  # what was skipped is open
        if not self.is_fresh:
            self._wake.set()

    def _show(self, found: Sequence[Question], settled: float, version: int, asked: frozenset[str]) -> None:
        by_id = {_id_of(one): one for one in found}
        self.found = Found(by_id, settled, version, asked, self.found.number + 1)
        self._known = {**dict(list(self._known.items())[-_KEPT:]), **by_id}


def _kept(session: Session, names: Mapping[str, str]) -> list[Question]:
    """The questions that the run keeps, as far as they are about how things are now."""
    renamed = {face for face, name in session.written.items() if names.get(face) != name}
    found = still_open(session.folder, renamed, session.written, names)
    return [question for question in found if _is_so_now(session.labels, names, question)]


def _is_so_now(labels: Labels, names: Mapping[str, str], question: Question) -> bool:
    """Whether the faces that a question shows are whose it says, and whom it names are there."""
    as_said = all(names.get(face) == tile.person for tile in question.tiles for face in (tile.face, *tile.faces))
    return as_said and question.faces <= names.keys() and question.named <= labels.rows.keys()


def _id_of(question: Question) -> str:
    return " ".join((question.kind, *question.keys))


def _is_so(question: Question, name: Any) -> bool:
    """Whether what a grid asks is so of a face for which this was said."""
    if question.kind in ("also", "unknown"):
        return name == question.people[0]
    return name is None or name not in question.people


def _decisions(labels: Labels, question: Question, reply: Mapping[str, Any]) -> list[Decision]:
    """One gesture."""
    if what := _what_is_gone(labels, question):
        raise Gone(f"this question is about {what} any more")
    owners = {tile.owner for tile in question.tiles if tile.owner and _place(reply).get(tile.face) == tile.owner}
    if not owners <= labels.rows.keys():
        raise Gone("this question is about people who are not there any more")
    return [replace(decision, gesture="page") for decision in _meaning(labels, question, reply, labels.by_face())]


def _what_is_gone(labels: Labels, question: Question) -> str:
    """What of a question is not so any more, in words; "" where it may be answered."""
    if any(labels.name_of(face) != tile.person for tile in question.tiles for face in tile.faces):
        return "what is not so"
    return "" if labels.rows.keys() >= {*question.people} else "people who are not there"


def _place(reply: Mapping[str, Any]) -> Mapping[str, str | None]:
    """What an answer says of the tiles of a grid, as `placed` takes it. UsageError: that is no answer."""
    place = reply.get("place", {})
    if not isinstance(place, dict) or not all(name is None or isinstance(name, str) for name in place.values()):
        raise UsageError("that is no answer to this question")
    return place


def _fresh(reply: Mapping[str, Any]) -> list[str]:
    """The tiles of a grid that are one person whom nobody knows yet. UsageError: that is no answer."""
    faces = reply.get("fresh", [])
    if not isinstance(faces, list) or not all(isinstance(face, str) for face in faces):
        raise UsageError("that is no answer to this question")
    return faces


def _meaning(
    labels: Labels, question: Question, reply: Mapping[str, Any], names: Mapping[str, str]
) -> Sequence[Decision]:
    what, kind = reply.get("reply"), question.kind
    if kind in ("merge", "collage") and what in ("yes", "no"):
        return one_person(question, names) if what == "yes" else two_people(question)
    if kind == "name" and what == "name" and isinstance(reply.get("name"), str):
        return named(question, names, somebody_called(labels, reply["name"]))
    if kind in ("name", "strangers") and what == "nobody":
        return nobodies(labels, question.people)
    if kind in GRIDS and what == "place" and "place" in reply:
        place = {face: somebody_called(labels, name) if name else name for face, name in _place(reply).items()}
        return placed(question, names, place | dict.fromkeys(_fresh(reply), next(free_names(labels.used))))
    raise UsageError("that is no answer to this question")
