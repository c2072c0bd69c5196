"""Forgetting a person: every crop, vector, label and montage goes, and the face in our copies of the frames."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from facepipe.console import Console
from facepipe.dataset.annotated import annotated_frames
from facepipe.dataset.hide import hide_unknown
from facepipe.dataset.names import natural_key
from facepipe.dataset.pictures import encode_jpeg
from facepipe.errors import UsageError
from facepipe.labels.decisions import Decision, append, read, redact, replay
from facepipe.labels.people_folder import scan
from facepipe.records import Face, FrameRef
from facepipe.review.sync import rewrite, sync, written_names
from facepipe.store import pickles
from facepipe.store.atomic import write_bytes
from facepipe.store.lock import locked
from facepipe.store.run_folder import DECISIONS_NAME, RunFolder
from facepipe.store.table import collate, encodings, read_table

_EMPTY = (0, 0, 1, 1)  # the box of a place that is empty; no detector finds a face of one pixel


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was forgotten. originals: the input files that still show the person."""

    faces: int
    originals: tuple[str, ...]


def forget(folder: RunFolder, person: str, console: Console) -> Forgotten:
    """Remove all of a person from a run, after reading people/ back; a later run does not bring the faces back.

    The originals are not touched. A stop on the way is mended by doing it again, or by the next run.
    Errors: UsageError when there is nobody of that name; StoreError.
    """
    with locked(folder.path):
        sync(folder, console)
        return _forget(folder, person)


def _forget(folder: RunFolder, person: str) -> Forgotten:
    names = written_names(folder.path) or {}
    faces = {face for face, name in names.items() if name == person and person}
    log = folder.path / DECISIONS_NAME
    if not faces:
        known = ", ".join(sorted(set(names.values()) - {""}, key=natural_key)) or "nobody"
        raise UsageError(f"{folder.path} has no person {person!r}: it has {known}")
    table, _ = read_table(folder.path)
    shown = {table.source[row] for row, face in enumerate(table.face_id) if face in faces}
    (entry,) = append(log, [Decision("forget", tuple(sorted(faces)))])
    redact(log, person)
    scrub(folder)
    copies = [f"people/{file.path}" for file in scan(folder.people, faces).files]
    folder.claim(copies)  # pictures that this program cut, wherever they were put
    left = {face: name for face, name in names.items() if face not in faces}
    rewrite(folder, names, left, everything=True)
    leave_out(folder)
    folder.update(applied=entry.number)
    originals = tuple(str(source.path) for source in folder.sources() if source.name in shown)
    return Forgotten(len(faces), originals)


def has_forgotten(folder: RunFolder) -> bool:
    """Whether somebody has been forgotten in this run."""
    return bool(_forgotten(folder))


def _forgotten(folder: RunFolder) -> frozenset[str]:
    return replay(read(folder.path / DECISIONS_NAME)).forgotten


def scrub(folder: RunFolder) -> None:
    """Take forgotten faces out of the shards and grey them in frames/, where they are (again).

    The others keep their ids, which come from their places in the frame; so an empty place stays in the shard.
    """
    by_frame: dict[str, set[str]] = defaultdict(set)
    for face in _forgotten(folder):
        by_frame[face.rpartition("-")[0]].add(face)
    if not by_frame:
        return
    sources = {source.source_id: source for source in folder.sources()}
    for frame_id, faces in by_frame.items():
        source_id, _, index = frame_id.rpartition("-")
        if source_id in sources and index.isdecimal():
            _scrub_frame(folder, FrameRef(sources[source_id], int(index), 0.0), faces)


def _scrub_frame(folder: RunFolder, ref: FrameRef, faces: Collection[str]) -> None:
    """The picture first: a shard that still has the face says that there is something to do."""
    shards = folder.shards()
    frame = shards.read(ref)
    present = {face.face_id for face in frame.faces if face.box_ltrb != _EMPTY} & set(faces) if frame else set()
    if not present:
        return
    table = collate([frame], lambda signatures, times: [0], 0.0, folder.settings().sampling.frame_size)
    people = ["" if face in present else "stays" for face in table.face_id]
    (annotated,) = annotated_frames(table, people, folder.frames)
    write_bytes(annotated.image_path, encode_jpeg(hide_unknown(annotated)))
    empty = (Face(face.face_id, _EMPTY, 0.0) if face.face_id in present else face for face in frame.faces)
    shards.write(frame.with_(faces=tuple(empty)))


def leave_out(folder: RunFolder) -> None:
    """Write the collated list without the empty places, which are in no table either, and count the faces anew."""
    table, _ = read_table(folder.path)
    pickles.write(folder.path / "encodings.pickle", encodings(table))
    folder.record(counts={"faces": len(table)})
