"""What may be wrong in a run: what its report asks first, and `facepipe suggest` lists.

To find it means to look at everybody. Of a large run the next questions are kept in questions.json; a correction keeps
those that it does not concern, and all are looked for anew when few of them are left.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from facepipe.files import checked
from facepipe.files.atomic import write_text
from facepipe.people.decisions import Decision, replay
from facepipe.people.log import read_log
from facepipe.questions.question import KINDS, MISTAKES, Question, Tile
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import QUESTIONS, TABLE_CSV
from facepipe.table import LARGE, FaceTable

if TYPE_CHECKING:
    from facepipe.questions.propose import Proposer

SHOWN = 6  # questions that the report begins with
_KEPT = 100  # and that are kept, of which corrections use some up
_FEW = 1_000  # faces up to which all questions are found in a tenth of a second

_TEXTS = checked.list_of(checked.text)
_TILE = checked.record(
    Tile,
    face=checked.text,
    faces=_TEXTS,
    person=checked.text,
    nearest=_TEXTS,
    probability=checked.number,
    nats=checked.number,
    owner=checked.text,
    together=checked.flag,
)
_ANY_QUESTION = checked.record(
    Question,
    kind=checked.text,
    people=_TEXTS,
    tiles=checked.list_of(_TILE),
    probability=checked.number,
    nats=checked.number,
    gain=checked.number,
    effort=checked.number,
    keys=_TEXTS,
    why=checked.text,
    beside=_TEXTS,
)


def _question(value: Any, name: str) -> Question:
    question: Question = _ANY_QUESTION(value, name)
    people = 2 if question.kind == "merge" else 1
    if question.kind not in KINDS or len(question.people) < people or not question.tiles:
        raise ValueError(f"{name} is no question that can be asked")
    return question


@dataclass(frozen=True, slots=True)
class Kept:
    """What questions.json holds. table: the hash of the faces.csv that the questions are about. settled: see
    `Proposer`; None once a correction has taken questions away: there may be others now."""

    table: str = ""
    settled: float | None = None
    questions: tuple[Question, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether there are no others."""
        return self.settled is not None and len(self.questions) < _KEPT

    @property
    def mistakes(self) -> tuple[Question, ...]:
        """Those that the report may show."""
        return tuple(question for question in self.questions if question.kind in MISTAKES)


_FILE = checked.record(
    Kept, table=checked.text, settled=checked.or_none(checked.number), questions=checked.list_of(_question)
)


def still_open(
    folder: RunFolder, renamed: Collection[str], was: Mapping[str, str], names: Mapping[str, str]
) -> tuple[Question, ...]:
    """The kept questions that are as before once the faces `renamed` have other names. None are where nothing is kept
    of the table that is there.

    was, names: face -> name, as it is written and as it is about to be.
    """
    kept = _read(folder).questions
    if not kept:
        return ()
    faces = {*renamed, *_decided(read_log(folder), folder.state.applied)}
    people = {name for face in faces for name in (was.get(face, ""), names.get(face, ""))} - {""}
    return tuple(
        question for question in kept if question.named.isdisjoint(people) and question.faces.isdisjoint(faces)
    )


def first_questions(folder: RunFolder, table: FaceTable, known: Sequence[Question] = ()) -> tuple[Question, ...]:
    """The questions about mistakes in a run that are worth most, `SHOWN` at most.

    known: those that are open; where they are too few, or the run is small, all are looked for.
    """
    kept = Kept(_table(folder), None, tuple(known)) if known else _read(folder)
    if not set(table.face_id).issuperset(face for question in kept.questions for face in question.faces):
        kept = Kept()  # somebody has changed the file
    shown = kept.mistakes[:SHOWN]
    if len(shown) < SHOWN and not kept.whole:
        proposer = _proposer(folder, table)
        shown = proposer.questions(limit=SHOWN, kinds=MISTAKES)
        if len(table) > _FEW:
            kept = Kept(_table(folder), proposer.settled(), proposer.questions(limit=_KEPT))
    if len(table) > _FEW and kept.questions:  # else it goes with what is not wanted any more
        folder.claim([QUESTIONS])
        write_text(folder.path / QUESTIONS, _text(kept))
    return shown


def suggested(folder: RunFolder, limit: int, *, anew: bool = False) -> tuple[tuple[Question, ...], float | None]:
    """The first `limit` questions of all kinds about a run, and the share of its faces that is settled.

    Of very many faces it takes long to find them: after corrections those are listed that were kept and are still open,
    and the share is None. anew: look at everybody all the same.
    """
    kept = Kept() if anew else _read(folder)
    enough = limit <= len(kept.questions) and (kept.settled is not None or folder.state.counts.faces > LARGE)
    if kept.whole or enough:
        return kept.questions[:limit], kept.settled
    proposer = _proposer(folder, folder.table())
    return proposer.questions(limit=limit), proposer.settled()


def _proposer(folder: RunFolder, table: FaceTable) -> "Proposer":
    from facepipe.questions.propose import Proposer  # every command imports this file, and few need SciPy

    return Proposer(table, replay(read_log(folder)))


def _decided(decisions: Sequence[Decision], applied: int) -> set[str]:
    """The faces of decisions that the files do not show yet."""
    return {face for decision in decisions[applied:] for face in (*decision.faces, *decision.others)}


def _read(folder: RunFolder) -> Kept:
    """What is kept of the table that is there; nothing where the file is not ours, gone or damaged."""
    try:
        text = (folder.path / QUESTIONS).read_text(encoding="utf-8") if QUESTIONS in folder.files else "null"
        kept: Kept = _FILE(json.loads(text), QUESTIONS)
    except (OSError, ValueError, RecursionError):
        return Kept()
    return kept if kept.table == _table(folder) else Kept()


_json = json.JSONEncoder(ensure_ascii=False, default=checked.entries).encode


def _text(kept: Kept) -> str:
    """The inverse of `_FILE`: a question a line."""
    questions = ",\n ".join(map(_json, kept.questions))
    return f'{{"table": {_json(kept.table)}, "settled": {_json(kept.settled)}, "questions": [\n {questions}\n]}}\n'


def _table(folder: RunFolder) -> str:
    """The hash of faces.csv."""
    known = folder.state.tables.get(TABLE_CSV, ())
    return known[0] if len(known) == 1 else ""
