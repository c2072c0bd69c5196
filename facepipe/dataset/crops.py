"""Face, portrait and upper-body pictures of every person, cut from the stored frames."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from pathlib import Path

import numpy as np

from facepipe.dataset.annotated import AnnotatedFace, AnnotatedFrame
from facepipe.dataset.names import person_folder
from facepipe.dataset.pictures import read_rgb
from facepipe.dataset.target import Target
from facepipe.geometry import Box, Size, clip_box, crop, portrait_box, upper_body_box

Progress = Callable[[int, int], None]

# Suffix of the file name -> the box that is cut, made from the face box.
CUTS: dict[str, Callable[[Box], Box]] = {"": lambda face: face, "_portrait": portrait_box, "_body": upper_body_box}


def crop_name(person: str, face_id: str, cut: str = "") -> str:
    """people/-relative path of a crop: <person>/<face_id>.jpg, <face_id>_portrait.jpg or <face_id>_body.jpg."""
    return f"{person_folder(person)}/{face_id}{cut}.jpg"


def write_crops(
    target: Target,
    frames: Sequence[AnnotatedFrame],
    *,
    upper_body: bool = False,
    threads: int = 1,
    progress: Progress | None = None,
) -> None:
    """Write the crops of every face, unknown ones under unknown/; `target` is the people/ folder.

    A crop that is there stays: its pixels follow from the face's id. A frame is read once, if a crop is missing, and
    at most 2 x threads frames are in memory. StoreError when a frame is unreadable.
    """
    cuts = [cut for cut in CUTS if upper_body or cut != "_body"]
    listed = copy(target)  # shares the list of files
    listed.dry = True

    def write(frame: AnnotatedFrame) -> None:
        names = {crop_name(face.person, face.face_id, cut): (face, cut) for face in frame.faces for cut in cuts}
        missing = {name for name in names if not target.dry and not (target.path / name).is_file()}
        image = read_rgb(frame.image_path, frame.size_wh) if missing else None
        for name, (face, cut) in names.items():
            box = visible_box(CUTS[cut](face.box_ltrb), frame.size_wh)
            (target if name in missing else listed).jpeg(name, lambda box=box: crop(image, box))

    for done, _ in enumerate(_map_in_order(write, frames, threads), 1):
        if progress:
            progress(done, len(frames))


def visible_box(box: Box, size_wh: Size) -> Box:
    """`box` clipped to the picture, at least one pixel of it: a face never goes without its crop."""
    left, top, right, bottom = clip_box(box, size_wh)
    left, top = min(left, size_wh[0] - 1), min(top, size_wh[1] - 1)
    return left, top, max(right, left + 1), max(bottom, top + 1)


def portrait(people_dir: Path, frame: AnnotatedFrame, face: AnnotatedFace) -> np.ndarray:
    """RGB uint8 portrait of a face: the stored crop, or cut anew where somebody has moved it away."""
    stored = people_dir / crop_name(face.person, face.face_id, "_portrait")
    if stored.is_file():
        return read_rgb(stored)
    return crop(read_rgb(frame.image_path, frame.size_wh), visible_box(portrait_box(face.box_ltrb), frame.size_wh))


def _map_in_order(function: Callable, items: Iterable, threads: int) -> Iterator:
    """`map` on threads with a bounded look-ahead; the first error stops it and is raised here."""
    if threads <= 1:
        yield from map(function, items)
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque = deque()
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) >= 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
