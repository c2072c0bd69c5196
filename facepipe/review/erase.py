"""Taking forgotten faces out of what a run has stored."""

from collections.abc import Collection
from pathlib import Path

from facepipe.files.atomic import write_bytes
from facepipe.imaging.codec import encode_jpeg, read_rgb
from facepipe.people.folder import scan
from facepipe.people.forgotten import present, without
from facepipe.records import FrameRef
from facepipe.results.mend import EDITED
from facepipe.review.traces import FACE_ID, frames_of
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import FRAMES, PEOPLE


def erase(folder: RunFolder, faces: Collection[str]) -> None:
    """Empty the places of `faces` in the shards, grey them in frames/, and remove every crop that may show them.

    These are their own, wherever they were put, and those of the faces beside them, whose portraits reach far: they
    are cut anew with the next files that are written.
    """
    refs, seen = list(frames_of(folder, faces)), set(faces)
    folder.begin_writing()
    folder.claim(f"{FRAMES}/{_erased_picture(folder, ref.frame_id).name}" for ref in refs)
    for ref in refs:
        seen |= _erase_in(folder, ref, faces)
    _erase_in_copies(folder, faces)
    crops = [file.path for file in scan(folder.layout.people, seen).files]
    folder.claim(f"{PEOPLE}/{path}" for path in crops)
    for path in crops:
        (folder.layout.people / path).unlink(missing_ok=True)


def _erase_in_copies(folder: RunFolder, faces: Collection[str]) -> None:
    """Take the rows of `faces` out of what was kept of a faces.csv that somebody had edited."""
    faces = set(faces)
    for path in sorted(folder.path.glob(f"{EDITED}*.csv")):
        lines = path.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if faces.isdisjoint(FACE_ID.findall(line.decode("utf-8", "replace")))]
        if len(kept) < len(lines):
            write_bytes(path, b"".join(kept))


def _erase_in(folder: RunFolder, ref: FrameRef, faces: Collection[str]) -> set[str]:
    """Returns all faces of the frame.

    The picture is greyed once, however often this is stopped, since it loses a little each time it is encoded: the
    grey one is put beside it, the shard is emptied, and only then it takes the picture's place.
    """
    shards = folder.shards()
    frame = shards.read(ref)
    if frame is None:
        return set()
    path, erased = folder.layout.frame_picture(frame.frame_id), _erased_picture(folder, frame.frame_id)
    if present(frame, faces):
        emptied, image = without(frame, read_rgb(path), faces)
        write_bytes(erased, encode_jpeg(image))
        shards.write(emptied)
    if erased.exists():
        erased.replace(path)
    return {face.face_id for face in frame.faces}


def _erased_picture(folder: RunFolder, frame_id: str) -> Path:
    """Where the picture of a frame lies that is about to take its place."""
    path = folder.layout.frame_picture(frame_id)
    return path.with_name(f"{path.stem}.erased{path.suffix}")
