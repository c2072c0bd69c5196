"""From a table with names, and what people have decided, to the questions that are left, the most worth first."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from facepipe.people.decisions import Corrections
from facepipe.questions.calibration import Calibration
from facepipe.questions.draft import SIDE, Draft, Known, Part
from facepipe.questions.drafts import drafts
from facepipe.questions.evidence import Evidence, names_of
from facepipe.questions.question import GRIDS, KINDS, MISTAKES, Question, Tile
from facepipe.table import FaceTable
from facepipe.words import counted

DOUBT = 0.05  # probability of a mistake with which a face is not settled
BESIDE = 4  # faces of a person that stand beside those that may be hers or his


def questions(table: FaceTable, corrections: Corrections, asked: Collection[str] = ()) -> tuple[Question, ...]:
    """All questions about a table whose faces have their names; see `Proposer`."""
    return Proposer(table, corrections).questions(asked)


class Proposer:
    """The questions that a run leaves, kept up with the answers.

    table: with the names of now. What was confirmed, rejected or told apart in `corrections` is not asked again.
    """

    def __init__(self, table: FaceTable, corrections: Corrections | None = None) -> None:
        self._evidence = Evidence(table)
        self._corrections = corrections or Corrections()
        self._calibration = Calibration()
        self._known: Known | None = None

    def update(self, names: Mapping[str, str], corrections: Corrections) -> None:
        """After an answer: names: face -> the name that it has now, of all faces of the table."""
        self._evidence.rename(names_of(self._evidence.table, names))
        self._corrections, self._known = corrections, None

    def learn(self, question: Question, changed: Collection[str]) -> None:
        """Take in what came of a question: the faces of its tiles (`Tile.face`) for which what is asked was so.

        Of `merge`, `collage` and `name`, any face for yes. Later probabilities are shifted by it.
        """
        if question.kind in GRIDS:
            for tile in question.tiles:
                self._calibration.learn(question.kind, tile.nats, tile.face in changed)
        else:
            self._calibration.learn(question.kind, question.nats, bool(changed))
        self._known = None

    def questions(
        self, asked: Collection[str] = (), limit: int | None = None, kinds: Collection[str] = KINDS
    ) -> tuple[Question, ...]:
        """The first `limit` that are left of some kinds. asked: keys of those that were asked and stay open."""
        return tuple(map(self._build, self._open(asked, kinds)[:limit]))

    def settled(self, asked: Collection[str] = ()) -> float:
        """The share of the faces that no open question about mistakes concerns with a probability worth speaking of, 0
        to 1; 1 where there are no faces. asked: as of `questions`."""
        ev = self._evidence
        concerned = np.zeros(len(ev.units), bool)
        for draft in self._open(asked, MISTAKES):
            for part in draft.parts or [Part(draft.concerned, draft.nats)]:
                if self._calibration.probability(draft.kind, part.nats) >= DOUBT:
                    concerned[part.units] = True
        return 1 - float(ev.faces[concerned].sum()) / len(ev.table) if len(ev.table) else 1.0

    def _open(self, asked: Collection[str], kinds: Collection[str]) -> list[Draft]:
        asked = frozenset(asked)
        if self._known is None or self._known.asked != asked:
            self._known = Known(self._evidence, self._corrections, self._calibration, asked)
        return drafts(self._known, kinds)

    def _build(self, draft: Draft) -> Question:
        tiles = tuple(self._tile(draft, part) for part in self._shown(draft))
        return Question(
            draft.kind,
            draft.people,
            tiles,
            1.0 if draft.kind == "name" else float(self._calibration.probability(draft.kind, draft.nats)),
            draft.nats,
            draft.gain,
            draft.effort,
            draft.keys,
            _why(draft, self._evidence),
            self._beside(draft) if draft.kind in ("also", "odd", "unknown") else (),
        )

    def _beside(self, draft: Draft) -> tuple[str, ...]:
        ev = self._evidence
        units = ev.units_of[ev.names.index(draft.people[0])]
        if draft.kind != "also":
            units = units[~np.isin(units, draft.concerned)]
        chosen = ev.different_looking(units, BESIDE)
        return tuple(ev.face_ids(unit)[0] for unit in chosen)

    def _shown(self, draft: Draft) -> Sequence[Part]:
        """What each tile shows; of whole people units that are as unlike each other as theirs are."""
        ev = self._evidence
        if draft.kind == "also":
            return [Part(np.array(ev.different_looking(part.units, SIDE)), part.nats) for part in draft.parts]
        if draft.parts:
            return draft.parts
        labels = [ev.names.index(name) for name in draft.people]
        chosen = [unit for label in labels for unit in ev.different_looking(ev.units_of[label], SIDE)]
        return [Part(np.array([unit]), draft.nats) for unit in chosen]

    def _tile(self, draft: Draft, part: Part) -> Tile:
        ev = self._evidence
        faces = tuple(face for unit in part.units.tolist() for face in ev.face_ids(unit))
        if draft.kind == "also":
            faces = tuple(ev.face_ids(unit)[0] for unit in part.units.tolist())
        unit = int(part.units[0])
        chance = float(self._calibration.probability(draft.kind, part.nats))
        nearest = ev.nearest_names(unit) if draft.kind in ("odd", "unknown") else ()
        if draft.kind == "unknown":
            nearest = tuple(dict.fromkeys((*draft.people, *nearest)))
        if draft.kind == "merge":
            nearest = tuple(name for name in draft.people if name != ev.person[ev.best[unit]])
            nearest = nearest if ev.is_rather(unit, nearest[0]) else ()
        owner = ev.likely_person(unit) if draft.kind == "odd" else ""
        if owner in self._corrections.rejected.get(faces[0], ()):
            owner = ""
        together = draft.kind == "odd" and not owner and ev.is_like_any(unit, [other.units[0] for other in draft.parts])
        return Tile(faces[0], faces, ev.person[ev.best[unit]], nearest, chance, part.nats, owner, together)


def _why(draft: Draft, ev: Evidence) -> str:
    if draft.kind == "merge":
        one, other = (ev.names.index(name) for name in draft.people)
        shared = int(ev.shared_frames(np.array([one]), np.array([other]))[0])
        beside = f"seen together in {counted(shared, 'frame')}" if shared else "never seen together"
        alike = "they look alike" if draft.nats > 0 else "they look somewhat alike"
        return f"{alike} (likeness {float(ev.directions[one] @ ev.directions[other]):.2f}), {beside}"
    if draft.kind == "name":
        return f"{counted(int(ev.size[ev.names.index(draft.people[0])]), 'face')} without a name"
    if draft.kind == "collage":
        return "two faces of one picture that look the same: a collage or a mirror"
    if draft.kind == "strangers":
        return f"{counted(len(draft.people), 'person', 'people')} of a face or two"
    person = draft.people[0]
    if draft.kind == "also":
        return f"{counted(len(draft.parts), 'person', 'people')} who may be {person}"
    faces = counted(int(ev.faces[draft.concerned].sum()), "face")
    return f"{faces} unlike the others of {person}" if draft.kind == "odd" else f"{faces} of nobody, most like {person}"
