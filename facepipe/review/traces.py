"""What a person has in a run, gathered before it is erased, so that it can be looked for afterwards."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from facepipe.files.hashing import sha256_of
from facepipe.files.mapped import read_arrays
from facepipe.people.forgotten import frames_of, present
from facepipe.people.scan import Scan
from facepipe.records import Frame
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import TABLE_NPZ
from facepipe.runs.state import Forgetting
from facepipe.table import columns

FACE_ID = re.compile(r"[A-Za-z0-9_.-]+-[0-9]{7,}-[0-9]+")


@dataclass(frozen=True, slots=True)
class Traces:
    """What to look for. vectors: of face and clothing, as bytes. pictures: (size, SHA-256) of crops and frames."""

    name: str
    faces: frozenset[str]
    vectors: frozenset[bytes]
    pictures: frozenset[tuple[int, str]]

    def mentioned_in(self, line: str) -> bool:
        """Whether a line for people speaks of the person."""
        alone = rf"(?<![\w-]){re.escape(self.name)}(?![\w-])"
        return bool(re.search(alone, line)) or not self.faces.isdisjoint(FACE_ID.findall(line))


def traces_of(folder: RunFolder, going: Forgetting | None, found: Scan) -> Traces | None:
    """What the person who is being forgotten still has in the run, before it is erased; None: nobody is.

    found: what lies in people/.
    """
    if going is None:
        return None
    faces = frozenset(going.faces)
    layout = folder.layout
    pictures = [layout.people / file.path for file in found.pictures_of(faces)]
    vectors = list(_stored_vectors(layout.path / TABLE_NPZ, faces))
    for frame in frames_with(folder, faces):
        pictures.append(layout.frame_picture(frame.frame_id))
        for face in frame.faces:
            if face.face_id in faces:
                vectors += [face.embedding] if face.cloth is None else [face.embedding, face.cloth]
    return Traces(
        going.name,
        faces,
        frozenset(vector.tobytes() for vector in vectors if np.any(vector)),
        frozenset((path.stat().st_size, sha256_of(path)) for path in pictures if path.is_file()),
    )


def frames_with(folder: RunFolder, faces: frozenset[str]) -> Iterator[Frame]:
    """The frames whose shards still hold one of `faces`."""
    for ref in frames_of(folder, faces):
        frame = folder.shards().read(ref)
        if frame is not None and present(frame, faces):
            yield frame


def _stored_vectors(path: Path, faces: frozenset[str]) -> Iterator[np.ndarray]:
    """The vectors of faces in faces.npz; none where it cannot be read: then it is written anew."""
    kept = {spec.name: spec.npz for spec in columns()}
    face_id, vectors = kept["face_id"], (kept["embedding"], kept["cloth"])
    try:
        stored = read_arrays(path, (face_id, *vectors), sums=False)  # of which few rows are looked at
        rows = np.flatnonzero([face in faces for face in stored[face_id].tolist()])
        yield from (vector for name in vectors for vector in stored[name][rows])
    except (OSError, KeyError, ValueError, IndexError, EOFError, BadZipFile):
        return
