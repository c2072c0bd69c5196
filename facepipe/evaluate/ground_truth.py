"""Ground truth files: who stands where in which frame, written by a person.

A CSV with the columns `source,frame,person,left,top,right,bottom` (others are ignored). A row without a box says that
the largest face of its frame is that person, and nothing of the other faces. Annotated frames may be sparse: see
`at` for what is known between them.
"""

import csv
import math
from bisect import bisect
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from facepipe.errors import InputError
from facepipe.geometry import BoxF, iou_matrix

COLUMNS = ("source", "frame", "person", "left", "top", "right", "bottom")
MAX_GAP = 15  # frames between two annotations that are bridged: half a second of common video
MAX_FRAME = 2**31
MIN_SELF_IOU = 0.2  # of a person's boxes in two annotated frames; less is a cut, or too fast to follow


@dataclass(frozen=True, slots=True)
class Annotation:
    """A person in a frame. annotation_ltrb: pixels of the source, or None for the largest face of the frame."""

    person: str
    annotation_ltrb: BoxF | None


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """A truth file. frames: by source as it is written there, by frame index in ascending order."""

    path: Path
    frames: dict[str, dict[int, tuple[Annotation, ...]]]

    def at(self, source: str, frame: int) -> tuple[Annotation, ...] | None:
        """Who stands in a frame, or None where the truth does not say.

        Between two annotated frames at most `MAX_GAP` apart boxes are interpolated linearly, if the same people stand
        in both and each box overlaps its other: somebody who comes, goes or is cut away leaves the frames between
        unknown, so that nothing found there counts for or against anybody.
        """
        known = self.frames[source]
        if frame in known:
            return known[frame]
        frames = list(known)
        place = bisect(frames, frame)
        if place in (0, len(frames)) or frames[place] - frames[place - 1] > MAX_GAP:
            return None
        before, after = frames[place - 1], frames[place]
        first, last = ({a.person: a.annotation_ltrb for a in known[f]} for f in (before, after))
        if first.keys() != last.keys():
            return None
        share = (frame - before) / (after - before)
        between = []
        for person, a in first.items():
            b = last[person]
            if a is None or b is None or iou_matrix(a, b)[0, 0] < MIN_SELF_IOU:
                return None
            box = tuple(p + share * (q - p) for p, q in zip(a, b, strict=True))
            between.append(Annotation(person, box))
        return tuple(between)

    def match_sources(self, names: Iterable[str]) -> dict[str, str]:
        """Which source of the truth each of the run's source `names` is; those without one are left out.

        The same name, or else one path ending in the other, or else the same file name. InputError: names that fit
        more than one, or a truth of which nothing fits.
        """
        names = list(dict.fromkeys(names))
        known = _Names(names)
        taken: dict[str, str] = {}
        for source in self.frames:
            found = known.fitting(source)
            if len(found) > 1:
                raise InputError(f"{self.path}: '{source}' fits {found[0]} and {found[1]}: write more of its path")
            if found and found[0] in taken:
                raise InputError(f"{self.path}: '{taken[found[0]]}' and '{source}' both fit {found[0]}: use one name")
            if found:
                taken[found[0]] = source
        if names and not taken:
            raise InputError(
                f"{self.path}: no source fits the run's (such as '{next(iter(self.frames))}' and '{names[0]}')"
            )
        return taken


def read_ground_truth(path: Path) -> GroundTruth:
    """Read a truth file. InputError names the file and the line of what is wrong."""
    frames: dict[str, dict[int, list[Annotation]]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle, strict=True)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise InputError(f"{path}, line 1: no column {', '.join(missing)}; a truth has {','.join(COLUMNS)}")
            for row in reader:
                source, frame, annotation = _parse(row, f"{path}, line {reader.line_num}")
                in_frame = frames.setdefault(source, {}).setdefault(frame, [])
                if any(annotation.person == other.person for other in in_frame):
                    raise InputError(f"{path}, line {reader.line_num}: {annotation.person} is in this frame already")
                if annotation.annotation_ltrb is None and any(other.annotation_ltrb is None for other in in_frame):
                    raise InputError(f"{path}, line {reader.line_num}: only one person of a frame may have no box")
                in_frame.append(annotation)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8 text; save it as CSV (UTF-8)") from error
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.reader.line_num}: not CSV ({error})") from error
    if not frames:
        raise InputError(f"{path}: holds no rows below its header")
    ordered = {s: {f: tuple(rows) for f, rows in sorted(by_frame.items())} for s, by_frame in frames.items()}
    return GroundTruth(path, ordered)


def _parse(row: dict, where: str) -> tuple[str, int, Annotation]:
    if None in row or None in row.values():
        raise InputError(f"{where}: has {'more' if None in row else 'fewer'} fields than the header")
    values = {name: row[name].strip() for name in COLUMNS}
    source, person = values["source"].replace("\\", "/"), values["person"]
    if not source or not person or not (source + person).isprintable():
        raise InputError(f"{where}: source and person must be printable text, and not empty")
    digits = values["frame"]
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 10 and int(digits) < MAX_FRAME):
        raise InputError(f"{where}: frame {digits[:20]!r} is not a whole number from 0 on")
    sides = [values[name] for name in COLUMNS[3:]]
    if not any(sides):
        return source, int(digits), Annotation(person, None)
    try:
        left, top, right, bottom = (float(side) for side in sides)
    except ValueError:
        raise InputError(f"{where}: a box is four numbers, or empty for the largest face") from None
    if not all(math.isfinite(side) and abs(side) < MAX_FRAME for side in (left, top, right, bottom)):
        raise InputError(f"{where}: a box is four finite numbers in pixels")
    if left >= right or top >= bottom:
        raise InputError(f"{where}: the box is empty (left, top, right, bottom is {','.join(sides)})")
    return source, int(digits), Annotation(person, (left, top, right, bottom))


class _Names:
    """The names of a run's sources, to be found by a whole path, by the end of one, or by the file's name."""

    def __init__(self, names: list[str]) -> None:
        self._place = {name: i for i, name in enumerate(names)}
        self._by_end: dict[str, list[str]] = {}
        self._by_file: dict[str, list[str]] = {}
        for name in names:
            for end in _ends(name):
                self._by_end.setdefault(end, []).append(name)
            self._by_file.setdefault(PurePosixPath(name).name, []).append(name)

    def fitting(self, source: str) -> list[str]:
        """The names that a source of the truth may mean, by the strictest rule that any keeps, in their order."""
        if source in self._place:
            return [source]
        longer = self._by_end.get(source, [])
        shorter = [end for end in _ends(source) if end in self._place]
        alike = sorted({*longer, *shorter}, key=self._place.__getitem__)
        return alike or self._by_file.get(PurePosixPath(source).name, [])


def _ends(path: str) -> list[str]:
    """What a path ends in after a slash, the whole path first."""
    parts = path.split("/")
    return ["/".join(parts[i:]) for i in range(len(parts))]
