"""Face, portrait and upper-body pictures of every person: cut ahead, or cut from the stored frames."""

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from facepipe.annotated import AnnotatedFace, AnnotatedFrame
from facepipe.files.target import Target
from facepipe.geometry import Box, Size, crop, visible_box
from facepipe.imaging.codec import read_rgb
from facepipe.runs.layout import CUTS, crop_name, cuts_of


def write_crops(
    target: Target,
    frames: Sequence[AnnotatedFrame],
    *,
    upper_body: bool = False,
    ahead: Mapping[str, Path] | None = None,
) -> None:
    """Write the crops of every face, unknown ones under unknown/; `target` is the people/ folder.

    A crop that is there stays: its pixels follow from the face's id. One that lies in another folder is linked, and
    stays there too. ahead: those that were cut ahead, by the names of their files; they are moved. A frame is read
    once, if a crop is missing. StoreError when a frame is unreadable.
    """
    cuts, ahead = cuts_of(upper_body=upper_body), ahead or {}
    there = frozenset() if target.dry else _files(target.path)
    stay: list[str] = []
    missing: list[tuple[AnnotatedFrame, dict[str, Box]]] = []
    for frame in frames:
        boxes: dict[str, Box] = {}
        for face in frame.faces:
            for cut in cuts:
                name = crop_name(face.person, face.face_id, cut)
                if name in there:
                    stay.append(name)
                else:
                    boxes[name] = visible_box(CUTS[cut](face.stored_ltrb), frame.size_wh)
        if boxes:
            missing.append((frame, boxes))
    target.keep(stay)
    lying = {path.rpartition("/")[2]: path for path in sorted(there, reverse=True)} if missing else {}
    for frame, boxes in missing:
        for name in list(boxes):
            file = name.rpartition("/")[2]
            if file in lying:
                target.link(name, target.path / lying[file])
                del boxes[name]
            elif file in ahead:
                target.take(name, ahead[file])
                del boxes[name]
        target.jpegs(list(boxes), partial(_cut, frame, boxes.values()))


def _files(people_dir: Path) -> frozenset[str]:
    """Every file below people/, relative to it, with slashes."""
    start, found = len(f"{people_dir}{os.sep}"), []
    for folder, _, names in os.walk(people_dir):
        inside = f"{folder[start:].replace(os.sep, '/')}/".lstrip("/")
        found += [f"{inside}{name}" for name in names]
    return frozenset(found)


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
