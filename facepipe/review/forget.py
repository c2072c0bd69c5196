"""Forgetting a person: every crop, vector, label and montage goes, and the face in our copies of the frames."""

from dataclasses import dataclass
from pathlib import Path

from facepipe.console import Console
from facepipe.errors import UsageError
from facepipe.files.names import natural_key
from facepipe.people.decisions import Decision, append
from facepipe.review.sync import sync, synced, written_names
from facepipe.run.folder import DECISIONS_NAME
from facepipe.run.lock import locked
from facepipe.run.table import read_table


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was forgotten. originals: the input files that still show the person."""

    faces: int
    originals: tuple[str, ...]


def forget(out: Path, person: str, console: Console) -> Forgotten:
    """Remove all of a person from a run, after reading people/ back; a later run does not bring the faces back.

    The originals are not touched. A stop on the way is mended by the next command.
    Errors: UsageError when there is nobody of that name; StoreError.
    """
    with locked(out):
        folder = synced(out, console)
        names = written_names(folder.path) or {}
        faces = {face for face, name in names.items() if name == person and person}
        if not faces:
            known = ", ".join(sorted(set(names.values()) - {""}, key=natural_key)) or "nobody"
            raise UsageError(f"{folder.path} has no person {person!r}: it has {known}")
        table, _ = read_table(folder.path)
        shown = {table.source[row] for row, face in enumerate(table.face_id) if face in faces}
        append(folder.path / DECISIONS_NAME, [Decision("forget", tuple(sorted(faces)))], redacting=person)
        sync(folder, console)
        originals = tuple(str(source.path) for source in folder.sources() if source.name in shown)
        return Forgotten(len(faces), originals)
