"""The names of faces as a run has written them last, whatever has become of its table since."""

from collections.abc import Mapping

from facepipe.people.scan import name_of
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import PEOPLE, TABLE_CSV, face_and_cut
from facepipe.runs.table import read_names


def names_written(folder: RunFolder) -> Mapping[str, str] | None:
    """Face -> name, "" for unknown; None where there is no table yet.

    Where faces.csv is not as it was written, the run's own list of its files tells: every face has a picture in its
    person's folder.
    """
    if folder.changed_tables([TABLE_CSV]):
        return names_by_crops(folder)
    return read_names(folder.path / TABLE_CSV)


def names_by_crops(folder: RunFolder) -> dict[str, str]:
    """Face -> name by the pictures that the run has listed, wherever they lie now."""
    names = {}
    for path in sorted(folder.files):
        part, _, name = path.removeprefix(f"{PEOPLE}/").partition("/")
        face = face_and_cut(name)[0]
        if face and path.startswith(f"{PEOPLE}/"):
            names[face] = name_of(part)
    return names
