"""What the page is told, as values for JSON: everybody, one person's faces, one face."""

import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from facepipe.page.pictures import stored_box
from facepipe.page.session import Session
from facepipe.people.decisions import describe
from facepipe.timespans import clock

_UNNAMED = re.compile(r"person_\d+")
_STRIP = 8  # faces that show how somebody can look
_NEAREST = 6  # people who are suggested


def is_named(name: str) -> bool:
    """Whether somebody has given this name."""
    return bool(name) and not _UNNAMED.fullmatch(name)


def overview(session: Session) -> dict[str, Any]:
    """Everybody, and how far the review is."""
    return {
        "run": session.out.name,
        "people": [card(session, name) for name in session.labels.people()],
        **state(session),
    }


def card(session: Session, name: str) -> dict[str, Any]:
    """Somebody in a few words; no faces: there is nobody of that name any more."""
    count = len(session.labels.rows.get(name, ()))
    return {"name": name, "faces": count, "cover": session.labels.cover(name) if count else "", "named": is_named(name)}


def state(session: Session) -> dict[str, Any]:
    """How far the review is."""
    labels = session.labels
    return {
        "version": session.version,
        "faces": len(labels.names),
        "unknown": len(labels.rows[""]),
        "pending": session.pending,
        "updating": session.updating,
        "notes": session.notes.lines[-20:],
    }


def changes(session: Session, names: Iterable[str], said: str) -> dict[str, Any]:
    """What an answer has changed. said: in words."""
    return {"said": said, "people": [card(session, name) for name in sorted(names) if name], **state(session)}


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
        "nearest": nearest(session, rows, [name]) if name else [],
        "version": session.version,
    }


def nearest(session: Session, rows: list[int], without: Iterable[str] = ()) -> list[dict[str, Any]]:
    """The people whom faces look most like, nearest first."""
    found = session.looks.nearest(rows, _NEAREST, without)
    return [{**card(session, name), "likeness": round(likeness, 3)} for name, likeness in found]


def strip(session: Session, rows: Iterable[int]) -> list[str]:
    """A few faces that look different from each other."""
    return [session.labels.table.face_id[row] for row in session.looks.different(list(rows), _STRIP)]


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

    is_video = table.frame_id[row].rpartition("-")[0] in {s.source_id for s in session.folder.sources() if s.is_video}
    return {
        "face": table.face_id[row],
        "frame": frame_id,
        "size": [wide, high],
        "source": table.source[row],
        "time": clock(float(table.time_s[row])) if is_video else "",
        "video": is_video,
        "person": labels.names[row],
        "quality": round(float(table.quality[row]), 3),
        "boxes": [{"face": table.face_id[r], "person": labels.names[r], "box": box(r)} for r in rows],
        "nearest": nearest(session, [row], [labels.names[row]]),
    }


def history(session: Session) -> list[str]:
    """What was said since the review began, the last first."""
    return [describe(decision) for decision in reversed(session.decisions[session.first :])]
