"""Names that other programs have written into photos, or beside them, as decisions: they bind, and can be undone.

What somebody has decided on a face in facepipe holds, whatever is written there.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from facepipe.callbacks import Progress, Warn, no_progress
from facepipe.errors import InputError
from facepipe.files.names import UNKNOWN_FOLDER, safe_name
from facepipe.media.photos import open_photo
from facepipe.media.replaced import as_looked_at
from facepipe.pairing import paired
from facepipe.people.decisions import Decision, in_force, replay
from facepipe.people.log import XMP, append_log, read_log
from facepipe.people.written import names_written
from facepipe.records import FrameRef
from facepipe.runs.folder import RunFolder
from facepipe.words import counted
from facepipe.xmp.sidecars import Places, people_said


@dataclass(slots=True)
class Said:
    """taken: faces that have got a name. people: how many names. lost: names where no face was found. differ: faces on
    which somebody has decided otherwise."""

    taken: int = 0
    people: int = 0
    lost: int = 0
    differ: int = 0

    def __str__(self) -> str:
        people = counted(self.people, "person", "people")
        line = f"photos and their sidecars name {counted(self.taken, 'face')} of {people}"
        if self.lost:
            line += f"; {counted(self.lost, 'name')} where no face was found"
        if self.differ:
            line += f"; {counted(self.differ, 'face')} on which you decided otherwise: that holds"
        return line


def take_names(folder: RunFolder, warn: Warn, progress: Progress = no_progress) -> Said:
    """Log the names that photos have as XMP as decisions, all of them one gesture; nobody's files change yet.

    warn: is told of XMP and photos that cannot be read. Errors: StoreError (the log), StorageFull.
    """
    log, before = read_log(folder), names_written(folder) or {}
    decided, said, read = replay(log), Said(), _read_before(log)
    faces: dict[tuple[str, str], list[str]] = defaultdict(list)
    for face, name in _named_faces(folder, said, warn, progress):
        if face in decided.forgotten:
            continue
        name = decided.names.get(name, name)  # whom somebody has renamed since
        spoken = face in decided.person or face in decided.nobody or name in decided.rejected.get(face, ())
        if spoken and face not in read:
            said.differ += decided.person.get(face) != name
        elif decided.person.get(face) != name:
            faces[name, before.get(face, "")].append(face)
    append_log(
        folder,
        (Decision("assign", tuple(ids), name, was, gesture=XMP) for (name, was), ids in sorted(faces.items())),
        log,
    )
    said.taken, said.people = sum(map(len, faces.values())), len({name for name, _ in faces})
    return said


def _read_before(log: Sequence[Decision]) -> set[str]:
    """The faces whose names were read from photos, and about which nobody has decided anything since."""
    last = {
        face: decision.gesture
        for decision in in_force(log)
        if not decision.leaves_names
        for face in (*decision.faces, *decision.others)
    }
    return {face for face, gesture in last.items() if gesture.startswith(XMP)}


def _named_faces(folder: RunFolder, said: Said, warn: Warn, progress: Progress) -> Iterator[tuple[str, str]]:
    """The faces of photos that are named there, and how; counts what is lost."""
    shards, places = folder.shards(), Places()
    photos = as_looked_at(folder, (source for source in folder.sources() if not source.is_video), warn)
    for done, source in enumerate(photos, 1):
        progress(done, len(photos))
        frame = shards.read(FrameRef(source, 0, 0.0))
        if frame is None:
            continue
        try:
            regions = people_said(open_photo(source.path), places)
        except InputError as error:
            warn(str(error))
            continue
        named = [(safe_name(region.name), region.region_ltrb) for region in regions]
        named = [(name, box) for name, box in named if not name.casefold().startswith(f"{UNKNOWN_FOLDER}-")]
        drawn = np.array([box for _, box in named]).reshape(-1, 4) * np.tile(frame.size_wh, 2)
        pairs = paired(np.array([face.box_ltrb for face in frame.faces]).reshape(-1, 4), drawn)
        said.lost += len(named) - len(pairs)
        yield from ((frame.faces[i].face_id, named[j][0]) for i, j in pairs)
