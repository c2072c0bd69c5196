"""Face, portrait and upper-body pictures of every person: cut ahead, or cut from the stored frames."""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from facepipe.annotated import AnnotatedFace, AnnotatedFrame, AnnotatedFrames
from facepipe.files.names import person_folder
from facepipe.files.paths import Paths, folder_and_name
from facepipe.files.target import Target
from facepipe.geometry import Box, Size, crop, visible_box
from facepipe.imaging.codec import read_rgb
from facepipe.runs.layout import CUTS, crop_file, crop_name, cuts_of
from facepipe.table import FaceTable


def write_crops(
    target: Target,
    frames: AnnotatedFrames,
    *,
    upper_body: bool = False,
    ahead: Mapping[str, Path] | None = None,
    lying: Paths | None = None,
    settled: Collection[str] = (),
) -> None:
    """Write the crops of every face, unknown ones under unknown/; `target` is the people/ folder.

    A crop that is there stays: its pixels follow from the face's id. One that lies in another folder is linked, and
    stays there too. ahead: those that were cut ahead, by the names of their files; they are moved. lying: all that is
    in the folder, where that is known; settled: folders of it in which all is the run's own. A frame is read once, if a
    crop is missing. StoreError when one is unreadable.
    """
    cuts, ahead = cuts_of(upper_body=upper_body), ahead or {}
    there = Paths({}) if target.dry else lying or _files(target.path)
    stay, missing = _sorted_out(frames.table, cuts, there, settled)
    target.keep(Paths(stay))
    elsewhere = _places(there, {folder_and_name(name)[1] for *_, name in missing})
    to_cut: dict[str, tuple[AnnotatedFrame, dict[str, Box]]] = {}
    for row, cut, name in missing:
        file = folder_and_name(name)[1]
        if file in elsewhere:
            target.link(name, target.path / elsewhere[file])
        elif file in ahead:
            target.take(name, ahead[file])
        else:
            frame, face = frames.face(row)
            box = visible_box(CUTS[cut](face.stored_ltrb), frame.size_wh)
            to_cut.setdefault(frame.frame_id, (frame, {}))[1][name] = box
    for frame, boxes in to_cut.values():
        target.jpegs(list(boxes), partial(_cut, frame, boxes.values()))


def _sorted_out(
    table: FaceTable, cuts: Sequence[str], there: Paths, settled: Collection[str]
) -> tuple[dict[str, Collection[str]], list[tuple[int, str, str]]]:
    """The crops that are where they belong, by folder; and the others: row, cut and where it belongs, by row."""
    stay: dict[str, Collection[str]] = {}
    sought: dict[str, list[str]] = {}
    missing: list[tuple[int, str, str]] = []
    for person, rows in table.rows_by_person().items():
        folder = person_folder(person)
        names = there.folders.get(folder, ())
        if folder in settled and len(names) == len(rows) * len(cuts):  # or with the rest of work that was interrupted
            stay[folder] = names
            continue
        wanted = [table.face_id[row] for row in rows.tolist()]
        for cut in cuts:
            files = [crop_file(face, cut) for face in wanted]
            sought.setdefault(folder, []).extend(file for file in files if file in names)
            lacking = ((row, file) for row, file in zip(rows.tolist(), files, strict=True) if file not in names)
            missing += ((row, cut, f"{folder}/{file}") for row, file in lacking)
    return stay | sought, sorted(missing)


def _places(there: Paths, files: set[str]) -> dict[str, str]:
    """Where files of some names lie, the first of several."""
    found: dict[str, str] = {}
    for folder in sorted(there.folders) if files else ():
        for name in files.intersection(there.folders[folder]):
            found.setdefault(name, f"{folder}/{name}".lstrip("/"))
    return found


def _files(people_dir: Path) -> Paths:
    """Every file below people/, relative to it."""
    start = len(f"{people_dir}{os.sep}")
    return Paths({folder[start:].replace(os.sep, "/"): {*names} for folder, _, names in os.walk(people_dir)})


def _cut(frame: AnnotatedFrame, boxes: Iterable[Box]) -> list[np.ndarray]:
    image = read_rgb(frame.image_path, frame.size_wh)
    return [crop(image, box) for box in boxes]


def face_picture(
    people_dir: Path, frame: AnnotatedFrame, face: AnnotatedFace, at_least: Size, cut: str = ""
) -> np.ndarray:
    """RGB uint8 picture of a face, at least so large: the stored crop, or cut anew where it was moved away.

    cut: one of `layout.CUTS`. StoreError: neither the crop nor its frame can be read.
    """
    stored = people_dir / crop_name(face.person, face.face_id, cut)
    if stored.is_file():
        return read_rgb(stored, at_least=at_least)
    return crop(read_rgb(frame.image_path, frame.size_wh), visible_box(CUTS[cut](face.stored_ltrb), frame.size_wh))
