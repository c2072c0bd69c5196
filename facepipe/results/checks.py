"""What a report asks first. To find it means to look at everybody, so that a correction of a large run keeps what it
does not concern: the next questions are in questions.json, and all are looked for anew when few of them are left.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from facepipe.files import checked
from facepipe.files.atomic import write_text
from facepipe.people.decisions import Decision, replay
from facepipe.people.log import read_log
from facepipe.questions.question import MISTAKES, Question, Tile
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import QUESTIONS, TABLE_CSV
from facepipe.table import FaceTable

SHOWN = 6  # questions that the report begins with
_KEPT = 48  # and that are kept, of which corrections use some up
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
_QUESTION = checked.record(
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
_FILE = checked.record(dict, table=checked.text, questions=checked.list_of(_QUESTION))


def still_open(
    folder: RunFolder, renamed: Collection[str], was: Mapping[str, str], names: Mapping[str, str]
) -> tuple[Question, ...]:
    """The kept questions that are as before once the faces `renamed` have other names. None are where nothing is kept
    of the table that is there.

    was, names: face -> name, as it is written and as it is about to be.
    """
    kept = _read(folder)
    if not kept:
        return ()
    faces = {*renamed, *_decided(read_log(folder), folder.state.applied)}
    people = {name for face in faces for name in (was.get(face, ""), names.get(face, ""))} - {""}
    return tuple(question for question in kept if not _concerns(question, faces, people))


def first_questions(folder: RunFolder, table: FaceTable, kept: Sequence[Question] = ()) -> tuple[Question, ...]:
    """The questions about what may be wrong in a run that are worth most, `SHOWN` at most.

    kept: those that are known to be open; where they are too few, or the run is small, all are looked for.
    """
    if len(kept) < SHOWN:
        from facepipe.questions.propose import Proposer  # every command imports this file, and few need SciPy

        limit = SHOWN if len(table) <= _FEW else _KEPT
        kept = Proposer(table, replay(read_log(folder))).questions(limit=limit, kinds=MISTAKES)
    _keep(folder, kept if len(table) > _FEW else ())
    return tuple(kept[:SHOWN])


def _decided(decisions: Sequence[Decision], applied: int) -> set[str]:
    """The faces of decisions that the files do not show yet."""
    return {face for decision in decisions[applied:] for face in (*decision.faces, *decision.others)}


def _concerns(question: Question, faces: Collection[str], people: Collection[str]) -> bool:
    """Whether a question is about some faces or people, or names them."""
    tiles = question.tiles
    named = {*question.people, *(name for tile in tiles for name in (tile.person, tile.owner, *tile.nearest))}
    shown = {*question.beside, *(face for tile in tiles for face in (tile.face, *tile.faces))}
    return not (named.isdisjoint(people) and shown.isdisjoint(faces))


def _keep(folder: RunFolder, questions: Sequence[Question]) -> None:
    """Keep questions beside the table that they are about; the file of none goes when files are written next."""
    if questions:
        folder.claim([QUESTIONS])
        kept = {"table": _table(folder), "questions": [asdict(question) for question in questions]}
        write_text(folder.path / QUESTIONS, json.dumps(kept, ensure_ascii=False, indent=1) + "\n")


def _read(folder: RunFolder) -> tuple[Question, ...]:
    """The questions that are kept of the table that is there; none where the file is not ours, gone or damaged."""
    try:
        text = (folder.path / QUESTIONS).read_text(encoding="utf-8") if QUESTIONS in folder.files else "null"
        kept: dict[str, Any] = _FILE(json.loads(text), QUESTIONS)
    except (OSError, ValueError, RecursionError):
        return ()
    return kept["questions"] if kept["table"] == _table(folder) else ()


def _table(folder: RunFolder) -> str:
    """The hash of faces.csv."""
    known = folder.state.tables.get(TABLE_CSV, ())
    return known[0] if len(known) == 1 else ""
