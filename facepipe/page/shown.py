"""What the page is told, as values for JSON: everybody, one person's faces, one face, questions, what was done."""

from collections.abc import Collection, Iterable
from typing import Any

import numpy as np

from facepipe.files.names import printable
from facepipe.page.asker import Asker
from facepipe.page.pictures import stored_box
from facepipe.page.session import Said, Session
from facepipe.people.decisions import in_force
from facepipe.people.gestures import gestures
from facepipe.questions.question import Question, Tile, is_placeholder
from facepipe.records import source_of
from facepipe.timespans import clock

_FEW = 4  # faces that a strip has at least, if there are so many
_SAMPLES = 6  # faces that show whom a question is about
_NEAREST = 6  # people who are suggested


def overview(session: Session, asker: Asker) -> dict[str, Any]:
    """Everybody, and how far the review is."""
    return {
        "run": printable(session.out.resolve().name),
        "people": [card(session, name) for name in session.labels.people()],
        **state(session, asker),
    }


def card(session: Session, name: str) -> dict[str, Any]:
    """Somebody in a few words; no faces: there is nobody of that name any more."""
    count = len(session.labels.rows.get(name, ()))
    return {
        "name": name,
        "faces": count,
        "cover": session.labels.cover(name) if count else "",
        "named": not is_placeholder(name),
    }


def state(session: Session, asker: Asker) -> dict[str, Any]:
    """How far the review is. since: the version of who is told all by this."""
    labels = session.labels
    return {
        "since": session.version,
        "version": session.version,
        "faces": len(labels.names),
        "unknown": len(labels.rows[""]),
        "settled": asker.found.settled,
        "pending": session.pending,
        "updating": session.updating,
        "notes": session.notes.lines[-20:],
    }


def changes(session: Session, asker: Asker, said: Said, words: str) -> dict[str, Any]:
    """What an answer has changed, and the same in words."""
    people = [card(session, name) for name in sorted(said.changed) if name]
    now = {**state(session, asker), "since": said.since, "version": said.version}
    return {"said": words, "people": people, **now}


def person(session: Session, name: str) -> dict[str, Any]:
    """Somebody's faces, in the order of the table, and who looks alike; "" is the unknown."""
    labels, table = session.labels, session.labels.table
    rows = sorted(labels.rows.get(name, ()))
    doubt = session.looks.doubt(name, rows) if name and rows else np.zeros(len(rows))
    width = table.box_ltrb[rows, 2] - table.box_ltrb[rows, 0] if rows else np.zeros(0)
    return {
        **card(session, name),
        "faces": [table.face_id[row] for row in rows],
        "doubt": np.round(doubt, 3).tolist(),
        "quality": np.round(table.quality[rows].astype(float), 3).tolist(),
        "width": width.tolist(),
        "nearest": nearest(session, rows, {name, *_told_apart(session, name)}) if name else [],
        "version": session.version,
    }


def nearest(session: Session, rows: list[int], without: Iterable[str] = ()) -> list[dict[str, Any]]:
    """The people whom faces look most like, nearest first."""
    found = session.looks.nearest(rows, _NEAREST, without)
    return [{**card(session, name), "likeness": round(likeness, 3)} for name, likeness in found]


def _told_apart(session: Session, name: str) -> set[str]:
    """Who was said to be somebody else than this person."""
    corrections = session.corrections
    pairs = corrections.told_apart(session.labels.by_face()) if name and corrections.different else ()
    return {other for pair in pairs if name in pair for other in pair} - {name}


def face(session: Session, row: int) -> dict[str, Any]:
    """A face in its frame, with all who are seen there; boxes as left, top, width, height in shares of the picture."""
    labels, table = session.labels, session.labels.table
    frame_id = table.frame_id[row]
    first = row
    while first and table.frame_id[first - 1] == frame_id:
        first -= 1
    rows = []
    while first < len(table) and table.frame_id[first] == frame_id:
        rows.append(first)
        first += 1
    wide, high = table.stored_wh[row].tolist()

    def box(other: int) -> list[float]:
        left, top, right, bottom = stored_box(table, other)
        return [left / wide, top / high, (right - left) / wide, (bottom - top) / high]

    face_id, name = table.face_id[row], labels.names[row]
    without = {name, *_told_apart(session, name), *session.corrections.rejected.get(face_id, ())}
    source_id = source_of(frame_id)
    is_video = any(source.is_video for source in session.folder.sources() if source.source_id == source_id)
    return {
        "face": face_id,
        "frame": frame_id,
        "size": [wide, high],
        "source": table.source[row],
        "time": clock(float(table.time_s[row])) if is_video else "",
        "video": is_video,
        "person": name,
        "quality": round(float(table.quality[row]), 3),
        "boxes": [{"face": table.face_id[r], "person": labels.names[r], "box": box(r)} for r in rows],
        "nearest": nearest(session, [row], without),
    }


def questions(session: Session, asker: Asker, known: int, on_page: str = "") -> dict[str, Any]:
    """What is worth asking, the most worth first; left out where `known` is the number of what was found.

    on_page: the id of the question that somebody looks at. fresh: whether it is so for how things are now. stands:
    whether the one on the page may still be answered.
    """
    found = asker.found
    about = {"settled": found.settled, "fresh": asker.is_fresh, "number": found.number, "stands": asker.stands(on_page)}
    if found.number == known:
        return about
    return {"questions": [question(session, one, name) for name, one in asker.open().items()], **about}


def question(session: Session, asked: Question, question_id: str) -> dict[str, Any]:
    """A question, with a few faces of the person whom it is about that are not in question themselves."""
    beside = list(asked.beside)
    if not beside and asked.kind in ("odd", "unknown"):
        beside = samples(session, asked.people[0], {face for one in asked.tiles for face in one.faces})
    return {
        "id": question_id,
        "kind": asked.kind,
        "people": [card(session, name) for name in asked.people],
        "tiles": [tile(one) for one in asked.tiles],
        "strips": [strip(session, asked, name) for name in asked.people] if asked.kind in ("merge", "name") else [],
        "samples": beside,
        "owners": {name: owner(session, asked, name) for name in sorted({one.owner for one in asked.tiles} - {""})},
        "why": asked.why,
        "probability": round(asked.probability, 3),
        "gain": round(asked.gain, 1),
    }


def owner(session: Session, asked: Question, name: str) -> dict[str, Any]:
    """Whose a picture is likely to be; with a few faces where it is the only one."""
    return {**card(session, name), "samples": samples(session, name, ())[:_FEW] if len(asked.tiles) == 1 else []}


def samples(session: Session, name: str, without: Collection[str]) -> list[str]:
    """A few good faces of somebody, from all over the run."""
    labels, table = session.labels, session.labels.table
    rows = [row for row in sorted(labels.rows.get(name, ())) if table.face_id[row] not in without]
    parts = [part for part in np.array_split(np.array(rows, np.int64), _SAMPLES) if len(part)]
    return [table.face_id[part[table.quality[part].argmax()]] for part in parts]


def strip(session: Session, asked: Question, name: str) -> list[str]:
    """Faces that show somebody as a whole: the tiles of a question, and where there are few of them some more."""
    shown = [one.face for one in asked.side(name)]
    return [*shown, *samples(session, name, shown)[: max(0, _FEW - len(shown))]]


def tile(shown: Tile) -> dict[str, Any]:
    """A tile; faces: a few of those that it stands for, in its own order, count: how many these are."""
    step = max(1, len(shown.faces) // _FEW)
    return {
        "face": shown.face,
        "faces": shown.faces[::step][:_FEW],
        "count": len(shown.faces),
        "nearest": shown.nearest,
        "owner": shown.owner,
        "together": shown.together,
        "probability": round(shown.probability, 3),
    }


def history(session: Session) -> list[dict[str, Any]]:
    """What was done since the review began, or taken back, the last first."""
    held = {decision.number for decision in in_force(session.decisions[: session.first])}
    ours = [
        gesture
        for gesture in gestures(session.decisions)
        if (number := gesture.decisions[0].number) > session.first or (gesture.undone and number in held)
    ]
    return [{"words": str(gesture), "undone": gesture.undone} for gesture in reversed(ours)]
