"""Forgetting a person: every crop, embedding, label and montage goes, and the face in our copies of the frames."""

from dataclasses import dataclass
from pathlib import Path

from facepipe.console import Console
from facepipe.people.decisions import Decision, append
from facepipe.people.named import person_named
from facepipe.review.sync import sync, synced
from facepipe.runs.lock import locked


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was forgotten. originals: the input files that still show the person."""

    person: str
    faces: int
    originals: tuple[str, ...]


def forget(out: Path, person: str, console: Console) -> Forgotten:
    """Remove all of a person from a run, after reading people/ back; a later run does not bring the faces back.

    The originals are not touched. A stop on the way is mended by the next command.
    Errors: UsageError when there is nobody of that name; StoreError.
    """
    with locked(out):
        folder = synced(out, console)
        table = folder.table()
        name = person_named(person, table.people)
        faces = {face for face, who in zip(table.face_id, table.person, strict=True) if who == name}
        shown = {table.source[row] for row, face in enumerate(table.face_id) if face in faces}
        append(folder.layout.decisions, [Decision("forget", tuple(sorted(faces)))], redacting=name)
        sync(folder, console)
        originals = tuple(str(source.path) for source in folder.sources() if source.name in shown)
        return Forgotten(name, len(faces), originals)
