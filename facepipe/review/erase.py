"""Taking forgotten faces out of what a run has stored."""

from collections.abc import Collection, Iterable
from pathlib import Path

from facepipe.files.atomic import write_bytes
from facepipe.geometry import Size, fit_within, head_box, meet
from facepipe.imaging.codec import encode_jpeg, read_rgb
from facepipe.people.forgotten import frames_of, present, without
from facepipe.people.scan import Scan
from facepipe.records import Frame
from facepipe.results.mend import EDITED
from facepipe.review.traces import FACE_ID, frames_with
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import CUTS, FRAMES, PEOPLE

_BLOCK = 16  # pixels of a stored picture, as JPEG takes them together


def erase(folder: RunFolder, faces: Collection[str], found: Scan) -> Scan:
    """Empty the places of `faces` in the shards, grey them in frames/, and remove every crop that may show them.

    These are their own, wherever they were put, and those of the faces beside them that reach so far, as portraits do:
    they are cut anew with the next files that are written. They go first: as long as one of them is there, its shard
    says where the faces are. found: what lies in people/; returned is what lies there then.
    """
    folder.begin_writing()
    folder.drop_crops_ahead()  # they may show the faces, and are cut anew where they are missed
    frames = list(frames_with(folder, frozenset(faces)))
    crops = _remove_crops(folder, frames, faces, found)
    refs = list(frames_of(folder, faces))
    folder.claim(f"{FRAMES}/{_erased_picture(folder, ref.frame_id).name}" for ref in refs)
    folder.shards().replace([_erased(folder, frame, faces) for frame in frames])
    for ref in refs:
        if (erased := _erased_picture(folder, ref.frame_id)).exists():
            erased.replace(folder.layout.frame_picture(ref.frame_id))
    _erase_in_copies(folder, faces)
    return found.without(crops)


def _remove_crops(folder: RunFolder, frames: Iterable[Frame], faces: Collection[str], found: Scan) -> set[str]:
    """Remove the crops in which `faces` may be seen; their paths, relative to people/."""
    seen = {(face, cut) for face in faces for cut in CUTS}
    for frame in frames:
        seen |= _showing(frame, present(frame, faces), folder.settings.sampling.frame_size)
    pictures = found.pictures_of({face for face, _ in seen})
    crops = {file.path for file in pictures if (file.face_id, file.cut) in seen}
    folder.claim(f"{PEOPLE}/{path}" for path in crops)
    for path in crops:
        (folder.layout.people / path).unlink(missing_ok=True)
    return crops


def _showing(frame: Frame, gone: Collection[str], frame_size: Size) -> set[tuple[str, str]]:
    """The crops of a frame, (face, cut), that reach to a head that will be grey, or to a block of JPEG with some of
    it. frame_size: see `Datastore`."""
    near = _BLOCK * frame.size_wh[0] / fit_within(frame.size_wh, frame_size)[0]
    around = -near, -near, near, near
    greyed = [head_box(face.box_ltrb) for face in frame.faces if face.face_id in gone]
    heads = [tuple(side + by for side, by in zip(head, around, strict=True)) for head in greyed]
    cuts = {(face.face_id, cut): box(face.box_ltrb) for face in frame.faces for cut, box in CUTS.items()}
    return {crop for crop, box in cuts.items() if any(meet(box, head) for head in heads)}


def _erase_in_copies(folder: RunFolder, faces: Collection[str]) -> None:
    """Take the rows of `faces` out of what was kept of a faces.csv that somebody had edited."""
    faces = set(faces)
    for path in sorted(folder.path.glob(f"{EDITED}*.csv")):
        lines = path.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if faces.isdisjoint(FACE_ID.findall(line.decode("utf-8", "replace")))]
        if len(kept) < len(lines):
            write_bytes(path, b"".join(kept))


def _erased(folder: RunFolder, frame: Frame, faces: Collection[str]) -> Frame:
    """A frame without `faces`, its grey picture beside the one it has.

    The picture is greyed once, however often this is stopped, since it loses a little each time it is encoded: only
    when the shards are emptied it takes the other's place.
    """
    emptied, image = without(frame, read_rgb(folder.layout.frame_picture(frame.frame_id)), faces)
    write_bytes(_erased_picture(folder, frame.frame_id), encode_jpeg(image))
    return emptied


def _erased_picture(folder: RunFolder, frame_id: str) -> Path:
    """Where the picture of a frame lies that is about to take its place."""
    path = folder.layout.frame_picture(frame_id)
    return path.with_name(f"{path.stem}.erased{path.suffix}")
