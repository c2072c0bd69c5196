"""Every name in the folder of a run, once."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from facepipe.files.names import person_folder
from facepipe.geometry import Box, portrait_box, upper_body_box

RUN = "run.json"
EXPORT = "export.json"  # in the folder of an export
FILES = "files.log"
DECISIONS = "decisions.jsonl"
TABLE_CSV, TABLE_NPZ = "faces.csv", "faces.npz"
ENCODINGS, TABLE_PARQUET = "encodings.pickle", "faces.parquet"
REPORT, QUESTIONS, GLANCES = "report.html", "questions.json", "folders.digests"
FRAMES, SHARDS = "frames", "shards"
CROPS = "crops"  # only while frames are looked at
PEOPLE, MONTAGE, ANNOTATIONS, PLOTS = "people", "montage", "annotations", "plots"
TABLES = (TABLE_CSV, TABLE_NPZ)
FOLDERS = (FRAMES, SHARDS, CROPS, PEOPLE, MONTAGE, ANNOTATIONS, PLOTS)

# The pictures of a face: the suffix of the file's name -> the box that is cut, made from the face box.
PORTRAIT, _BODY = "_portrait", "_body"
CUTS: dict[str, Callable[[Box], Box]] = {"": lambda face: face, PORTRAIT: portrait_box, _BODY: upper_body_box}
_OTHER_CUTS = tuple(filter(None, CUTS))
_JPEG = ".jpg"


def frame_file(frame_id: str) -> str:
    """What the stored picture of a frame is called."""
    return f"{frame_id}{_JPEG}"


def cuts_of(*, upper_body: bool) -> list[str]:
    """The pictures that are cut of each face."""
    return [cut for cut in CUTS if upper_body or cut != _BODY]


def crop_file(face_id: str, cut: str = "") -> str:
    """What the file of a picture of a face is called."""
    return f"{face_id}{cut}{_JPEG}"


def crop_name(person: str, face_id: str, cut: str = "") -> str:
    """Where a picture of a face belongs, relative to people/; person "" is nobody."""
    return f"{person_folder(person)}/{crop_file(face_id, cut)}"


def crop_paths(face_id: str, person: str) -> dict[str, str]:
    """Where a face's pictures belong, relative to people/, by kind of picture."""
    return {cut: crop_name(person, face_id, cut) for cut in CUTS}


def face_and_cut(name: str) -> tuple[str, str]:
    """The face id and the cut that a crop's file name stands for; ("", "") for no such name."""
    if not name.endswith(_JPEG):
        return "", ""
    stem = name[: -len(_JPEG)]
    for cut in _OTHER_CUTS:
        if stem.endswith(cut):
            return stem[: -len(cut)], cut
    return stem, ""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything of the run in `path` lies."""

    path: Path

    @property
    def run(self) -> Path:
        return self.path / RUN

    @property
    def files(self) -> Path:
        return self.path / FILES

    @property
    def decisions(self) -> Path:
        return self.path / DECISIONS

    @property
    def encodings(self) -> Path:
        return self.path / ENCODINGS

    @property
    def report(self) -> Path:
        return self.path / REPORT

    @property
    def frames(self) -> Path:
        return self.path / FRAMES

    @property
    def shards(self) -> Path:
        return self.path / SHARDS

    @property
    def crops(self) -> Path:
        return self.path / CROPS

    @property
    def people(self) -> Path:
        return self.path / PEOPLE

    @property
    def montage(self) -> Path:
        return self.path / MONTAGE

    @property
    def annotations(self) -> Path:
        return self.path / ANNOTATIONS

    def frame_picture(self, frame_id: str) -> Path:
        """The stored picture of a frame."""
        return self.frames / frame_file(frame_id)
