"""The one face of a picture that somebody shows: a reference of a known person, or an example to search by."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from facepipe.callbacks import Warn
from facepipe.errors import InputError
from facepipe.faces.analyser import FaceAnalyser
from facepipe.geometry import box_size
from facepipe.media.readers import sample
from facepipe.media.sources import find_sources
from facepipe.records import Face, Source
from facepipe.runs.folder import RunFolder
from facepipe.settings import SamplingSettings, Settings

CLEARLY_LARGER = 1.5  # times as large as any other face in its picture: whom somebody took the picture of


class ReferencePictures:
    """Finds and encodes faces in pictures as a run of `settings` does, in which no "auto" is left."""

    def __init__(self, settings: Settings, models_dir: Path | None = None) -> None:
        detection = replace(settings.detection, faces_per_frame=None, cropped=False)
        self._make = lambda: FaceAnalyser(detection, settings.encoding, models_dir)
        self._analyser: FaceAnalyser | None = None

    @classmethod
    def of_run(cls, folder: RunFolder, models_dir: Path | None = None) -> "ReferencePictures":
        return cls(folder.settings, models_dir)

    def face_at(self, path: Path, warn: Warn) -> Face:
        """The face in the picture at `path`. InputError: it cannot be read, holds no face, or several alike in size."""
        if path.is_dir():
            raise InputError(f"{path} is a folder: name one picture")
        (source,) = find_sources([path], warn, kinds=["photo"])
        return self.face_in(source, warn)

    def face_in(self, source: Source, warn: Warn) -> Face:
        """The only face in a photo, or one that is clearly larger than all others (`warn` is told); else InputError."""
        (frame,) = sample(source, SamplingSettings())
        self._analyser = self._analyser or self._make()
        faces = self._analyser.analyse(frame).faces
        if not faces:
            raise InputError(f"no face found in {source.path}: give a picture that shows one")
        place = clearly_largest([min(box_size(face.box_ltrb)) for face in faces])
        if place is None:
            raise InputError(f"{source.path} shows {len(faces)} faces, none clearly the largest: cut out the one")
        if len(faces) > 1:
            warn(f"{source.path} shows {len(faces)} faces: the largest is taken")
        return faces[place]


def clearly_largest(sides: Sequence[float]) -> int | None:
    """The place of the face that is CLEARLY_LARGER than all others of its picture, by their sides; None without one."""
    if not sides:
        return None
    first, *others = sorted(range(len(sides)), key=lambda place: -sides[place])
    return None if others and sides[first] < CLEARLY_LARGER * sides[others[0]] else first
