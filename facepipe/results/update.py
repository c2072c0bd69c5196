"""Bringing what a run has written in line with other names of its faces."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from facepipe.annotated import AnnotatedFrame, annotated_frames
from facepipe.files.target import Target
from facepipe.people.folder import link_crops
from facepipe.pictures.crops import write_crops
from facepipe.pictures.montage import sheet_names, write_montages
from facepipe.results.summary import write_run_report
from facepipe.results.write import write_results
from facepipe.runs import pickles
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import MONTAGE, PEOPLE, TABLE_CSV, face_and_cut
from facepipe.runs.table import encodings
from facepipe.settings import CORES
from facepipe.table import FaceTable

EVERYTHING = 5_000  # faces up to which annotations and plots are written anew too: some seconds


def update_results(
    folder: RunFolder, before: Mapping[str, str], names: Mapping[str, str], *, everything: bool = False
) -> None:
    """Bring the run's files from the names `before` to `names` (face -> name); faces without an entry are left out."""
    table = folder.table()
    table = table.take(np.array([face in names for face in table.face_id], bool)).named(names)
    folder.begin_writing()
    if everything or len(table) <= EVERYTHING:
        write_results(folder, table)
        pickles.write(folder.layout.encodings, encodings(table))
    else:
        _write_changed(folder, table, before)
    folder.state.assembled = folder.state.covers  # frames that have been added since are not in the table
    write_run_report(folder, table)


def _write_changed(folder: RunFolder, table: FaceTable, before: Mapping[str, str]) -> None:
    """Crops and montages of the people who changed, and faces.csv."""
    was = [before.get(face, "") for face in table.face_id]
    moved = np.array([old != new for old, new in zip(was, table.person, strict=True)], bool)
    changed = {name for row in np.flatnonzero(moved) for name in (was[row], table.person[row])}
    layout, upper_body = folder.layout, folder.settings.output.upper_body
    crops = Target(folder.path, dry=True)
    moving = annotated_frames(table.take(moved), layout.frames)
    write_crops(crops.folder(PEOPLE), moving, upper_body=upper_body)
    frames = annotated_frames(table, layout.frames)
    counts = {name: len(rows) for name, rows in table.rows_by_person().items()}
    sheets = {f"{MONTAGE}/{name}" for names in sheet_names(counts).values() for name in names}
    folder.claim({*crops.paths, *sheets})
    link_crops(layout.people, (path.removeprefix(f"{PEOPLE}/") for path in crops.paths))
    with Target(folder.path, threads=CORES) as target:
        write_crops(target.folder(PEOPLE), moving, upper_body=upper_body)
        target.wait()  # montages are made of them
        write_montages(target.folder(MONTAGE), _frames_of(frames, changed), layout.people)
    folder.write_tables(table, [TABLE_CSV])
    faces = {table.face_id[row] for row in np.flatnonzero(moved)}
    wanted = {*crops.paths, *sheets}
    folder.release(
        name
        for name in folder.state.files
        if name not in wanted and (name.startswith(f"{MONTAGE}/") or _face_of(name) in faces)
    )
    folder.record(counts={"people": len(table.people), "unknown": table.person.count("")})


def _frames_of(frames: Sequence[AnnotatedFrame], changed: Collection[str]) -> list[AnnotatedFrame]:
    """The frames with nobody but those whose montages change, and those whose second sheet may be called alike."""
    everybody = {face.person for frame in frames for face in frame.faces}
    alike = {
        name
        for name in everybody
        if any(name.startswith(f"{one}_") or one.startswith(f"{name}_") for one in changed if one and name)
    }
    shown = (
        replace(frame, faces=tuple(face for face in frame.faces if face.person in changed or face.person in alike))
        for frame in frames
    )
    return [frame for frame in shown if frame.faces]


def _face_of(name: str) -> str:
    """The face of which people/<person>/<name> is a picture."""
    return face_and_cut(name.rpartition("/")[2])[0] if name.startswith(f"{PEOPLE}/") else ""
