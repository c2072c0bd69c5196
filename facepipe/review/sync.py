"""Reading people/ back: every command on a run begins with this, so that what a person changed is never lost.

In this order, so that a stop at any moment is mended by the next command: the decisions are logged; new files are
listed, linked or written; faces.csv is replaced; files that are not wanted any more go; run.json says which decision
was the last to be applied.
"""

import csv
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from facepipe.annotated import AnnotatedFrame, annotated_frames, faces_of
from facepipe.console import Console
from facepipe.errors import StoreError
from facepipe.files.removal import sweep
from facepipe.files.target import Target
from facepipe.nodes.face_image_generator import FaceImageGenerator
from facepipe.people.decisions import Corrections, Decision, append, describe, read, replay
from facepipe.people.folder import compare, link_crops, scan
from facepipe.pictures.crops import write_crops
from facepipe.pictures.montage import sheet_names, write_montages
from facepipe.records import Clustering, LabelledFaces
from facepipe.results.summary import write_run_report
from facepipe.review.erase import erase
from facepipe.run import pickles
from facepipe.run.folder import DECISIONS_NAME, RunFolder, load_run
from facepipe.run.lock import locked
from facepipe.run.table import CSV_NAME, NPZ_NAME, encodings, read_table, write_csv
from facepipe.settings import CORES

EVERYTHING = 5_000  # faces up to which annotations and plots are written anew too: some seconds


def synced(out: Path, console: Console) -> RunFolder:
    """Open the run in `out` and read its people/ back. StoreError: also where another facepipe is at work."""
    with locked(out):
        folder = load_run(out)
        sync(folder, console)
        return folder


def sync(folder: RunFolder, console: Console, *, everything: bool = False) -> bool:
    """Log what a person changed in people/, bring all files in line with it and say so, a line each.

    The caller holds the folder's lock, and has read `folder` since. everything: annotations and plots too, however
    many faces there are. Returns whether anything was written. Errors: StoreError (a damaged log or table),
    StorageFull.
    """
    people = written_names(folder.path)
    if people is None or not (folder.path / NPZ_NAME).exists():  # not finished yet
        return False
    if folder.state.get("assembled") is None:  # something was stopped while it wrote
        sweep(folder.path)
    log = folder.path / DECISIONS_NAME
    applied = folder.state.get("applied", 0)
    decided = read(log)
    pending = [decision for decision in decided if decision.number > applied]
    names = named_by(people, pending)
    found = scan(folder.people, names.keys())
    owned = {name.removeprefix("people/") for name in folder.state["files"] if name.startswith("people/")}
    seen = compare(names, owned, found, complete=folder.state.get("assembled") is not None)
    _report_oddities(folder, console, seen.conflicts, found.foreign)
    added = append(log, seen.decisions)
    lacking = bool(owned) and not found.files
    if not (pending or added or seen.strays or lacking or everything):
        return False
    for decision in added:
        console.say(describe(decision))
    folder.claim(f"people/{path}" for path in seen.strays)
    forgotten = {face for decision in pending if decision.kind == "forget" for face in decision.faces}
    if forgotten:
        erase(folder, forgotten)
        everything = True
    left = {face: name for face, name in named_by(names, added).items() if face not in forgotten}
    rewrite(folder, people, left, everything=everything or lacking)
    folder.update(applied=len(decided) + len(added))
    if len(names) > EVERYTHING and not everything and folder.state["settings"]["output"]["annotations"]:
        console.say(f"annotations and plots are as before: facepipe sync {folder.path} --all writes them anew")
    return True


def label_history(folder: RunFolder) -> tuple[dict[str, str], Corrections, int]:
    """For a new clustering: the names that faces had, what was decided on them, and the number of the last decision."""
    log = read(folder.path / DECISIONS_NAME)
    return written_names(folder.path) or {}, replay(log), len(log)


def named_by(people: Mapping[str, str], decisions: Iterable[Decision]) -> dict[str, str]:
    """The name of every face after some more decisions."""
    names = dict(people)
    for decision in decisions:
        names.update((face, decision.name_now) for face in decision.faces if face in names)
    return names


def written_names(out: Path) -> dict[str, str] | None:
    """The name of every face as faces.csv has it, None where there is no such file yet."""
    try:
        return dict(_column(out, "person"))
    except FileNotFoundError:
        return None


def rewrite(
    folder: RunFolder,
    before: Mapping[str, str],
    names: Mapping[str, str],
    *,
    everything: bool = False,
) -> None:
    """Bring the run's files from the names `before` to `names` (face -> name); faces without an entry are left out."""
    table, _ = read_table(folder.path)
    cluster = dict(_column(folder.path, "cluster"))
    labels = np.array([int(cluster[face]) for face in table.face_id], np.int32)
    rows = np.array([face in names for face in table.face_id], bool)
    table, labels = table.take(rows), labels[rows]
    people = tuple(names[face] for face in table.face_id)
    folder.state["assembled"] = None  # until all is written, a missing file says nothing
    if everything or len(table) <= EVERYTHING:
        clustering = Clustering(labels, table.track, cut=folder.state.get("cut"))
        FaceImageGenerator("images", folder=folder, settings=folder.settings().output).generate(
            LabelledFaces(table, clustering, people)
        )
        pickles.write(folder.path / "encodings.pickle", encodings(table))
        folder.record(counts={"faces": len(table)})
    else:
        _rewrite_changed(folder, table, labels, people, before)
    folder.state["assembled"] = folder.stage_file_count()
    write_run_report(folder)


def _rewrite_changed(folder: RunFolder, table, labels: np.ndarray, people: Sequence[str], before) -> None:
    """Crops and montages of the people who changed, and faces.csv."""
    was = [before.get(face, "") for face in table.face_id]
    moved = np.array([old != new for old, new in zip(was, people, strict=True)], bool)
    changed = {name for row in np.flatnonzero(moved) for name in (was[row], people[row])}
    crops = Target(folder.path, dry=True)
    moving = annotated_frames(table.take(moved), [people[row] for row in np.flatnonzero(moved)], folder.frames)
    upper_body = folder.settings().output.upper_body
    write_crops(crops.folder("people"), moving, upper_body=upper_body)
    frames = annotated_frames(table, people, folder.frames)
    sheets = {f"montage/{name}" for names in sheet_names(faces_of(frames)).values() for name in names}
    folder.claim({*crops.paths, *sheets})
    link_crops(folder.people, (path.removeprefix("people/") for path in crops.paths))
    with Target(folder.path, threads=CORES) as target:
        write_crops(target.folder("people"), moving, upper_body=upper_body)
        target.wait()  # montages are made of them
        write_montages(target.folder("montage"), _frames_of(frames, changed), folder.people)
    write_csv(folder.path / CSV_NAME, table, labels, people)
    faces = {table.face_id[row] for row in np.flatnonzero(moved)}
    wanted = {*crops.paths, *sheets}
    folder.release(
        name
        for name in folder.state["files"]
        if name not in wanted and (name.startswith("montage/") or _face_of(name) in faces)
    )
    folder.record(counts={"people": len(set(people) - {""}), "unknown": people.count("")})


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
    stem = name.rpartition("/")[2].removesuffix(".jpg") if name.startswith("people/") else ""
    return stem.removesuffix("_portrait").removesuffix("_body")


def _column(out: Path, column: str) -> list[tuple[str, str]]:
    path = out / CSV_NAME
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            return [(row["face_id"], row[column]) for row in csv.DictReader(handle)]
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise StoreError(f"{path}: cannot read the table ({error}); run facepipe again") from error


def _report_oddities(folder: RunFolder, console: Console, conflicts: Sequence[str], foreign: Sequence[str]) -> None:
    """Conflicts every time, since they wait for a person; files that are not the program's once."""
    for line in conflicts:
        console.warn(line)
    known = set(folder.state.get("foreign", ()))
    new = [path for path in foreign if path not in known]
    for path in new:
        console.warn(f"people/{path} is no picture of this run; it is left alone")
    if set(foreign) != known:
        folder.update(foreign=list(foreign))
