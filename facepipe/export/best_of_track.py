"""`--best-of-track`: the faces of an export in sharper pictures, found once however often the export is stopped."""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from facepipe.annotated import AnnotatedFace, AnnotatedFrame
from facepipe.callbacks import Progress
from facepipe.errors import UsageError
from facepipe.export.originals import Originals
from facepipe.export.sharpest import AROUND_S, Pick, Sharpest
from facepipe.files.atomic import append_bytes, write_text
from facepipe.space import EmbeddingSpace
from facepipe.words import counted

JOURNAL = "best_of_track.jsonl"  # what was chosen so far, in the export's folder until it is finished


def best_of_track(
    frames: Sequence[AnnotatedFrame],
    faces: Collection[str],
    fits: Callable[[AnnotatedFrame], bool],
    originals: Originals,
    space: EmbeddingSpace,
    journal: "Journal",
    progress: Progress,
) -> tuple[list[AnnotatedFrame], str]:
    """The frames with `faces` (by id) in the sharpest picture of each, in the order of their sources and indices; a
    line on how much sharper they became.

    fits: whether the format takes such a picture. space: of the embeddings. ModelError: a model is not installed.
    """
    if originals.analyser is None:
        raise UsageError("--best-of-track needs a run whose models can be opened")
    known = journal.read()
    sharpest = Sharpest(originals, originals.analyser, space)
    targets = sharpest.targets(frames, faces, known)
    left = [target for target in targets if target.pick is None or target.pick.index != target.frame.index]
    total = len({(target.frame.source, k) for target in left for k in target.indices})
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    found: dict[str, AnnotatedFrame] = {}
    for source in dict.fromkeys(target.frame.source for target in left):
        own = [target for target in left if target.frame.source == source]
        for target, frame in sharpest.search(source, own, step):
            if target.pick is not None and target.pick.face_id not in known:
                journal.add(target.pick)
            if frame is not None and fits(frame):
                found[target.face.face_id] = frame
    return _replaced(frames, found), _gain([target.pick for target in targets if target.pick], found)


class Journal:
    """The picks of a search, line by line, each on the disk when it is made. of: tells searches apart."""

    def __init__(self, path: Path, of: str) -> None:
        self._path, self._of = path, of

    def read(self) -> dict[str, Pick]:
        """What an earlier search of that kind chose, by face; a line that was cut off does not count."""
        lines = self._lines()
        if not lines or lines[0] != {"of": self._of}:
            lines = [{"of": self._of}]
        # Written anew, so that nothing is added to half a line.
        write_text(self._path, "".join(json.dumps(line) + "\n" for line in lines))
        return {line["face_id"]: _pick(line) for line in lines[1:]}

    def add(self, pick: Pick) -> None:
        """Write one down."""
        append_bytes(self._path, f"{json.dumps(asdict(pick))}\n".encode())

    def _lines(self) -> list[dict]:
        found = []
        try:
            for line in self._path.read_bytes().splitlines():
                found.append(json.loads(line))
        except (OSError, ValueError):
            pass  # there is none, or it ends here
        return found


def _pick(line: dict) -> Pick:
    beside = tuple((face_id, tuple(box)) for face_id, box in line["beside"])
    return Pick(**{**line, "box_ltrb": tuple(line["box_ltrb"]), "beside": beside})


def _replaced(frames: Sequence[AnnotatedFrame], found: dict[str, AnnotatedFrame]) -> list[AnnotatedFrame]:
    """The frames with the faces `found`, by id, chosen in other ones; each frame once."""
    order = {source: place for place, source in enumerate(dict.fromkeys(frame.source for frame in frames))}
    whole: dict[tuple[int, int], AnnotatedFrame] = {}
    for frame in (*frames, *found.values()):
        faces = [
            replace(face, chosen=False) if face.face_id in found and found[face.face_id] is not frame else face
            for face in frame.faces
        ]
        place = order[frame.source], frame.index
        whole[place] = _both(whole[place], faces) if place in whole else replace(frame, faces=tuple(faces))
    return [whole[place] for place in sorted(whole) if any(face.chosen for face in whole[place].faces)]


def _both(frame: AnnotatedFrame, faces: Sequence[AnnotatedFace]) -> AnnotatedFrame:
    """A frame with what is said of its faces from another side: of two at one place the chosen or known one counts."""
    there = {face.box_ltrb: face for face in frame.faces}
    for face in faces:
        other = there.get(face.box_ltrb, face)
        there[face.box_ltrb] = max(other, face, key=lambda one: (one.chosen, bool(one.person)))
    return replace(frame, faces=tuple(there.values()))


def _gain(picks: Sequence[Pick], found: Collection[str]) -> str:
    if not picks:
        return "--best-of-track: no face of a video could be followed"
    before, after = (
        np.median([pick.after if pick.face_id in moved else pick.before for pick in picks]) for moved in ((), found)
    )
    return (
        f"--best-of-track: {len(found)} of {counted(len(picks), 'followed face')} in another frame within "
        f"{AROUND_S:g} s; median sharpness {before:.3f} before, {after:.3f} after"
    )
