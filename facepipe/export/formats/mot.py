"""MOT Challenge: <split>/<sequence>/gt/gt.txt with seqinfo.ini and img1/000001.jpg. https://motchallenge.net/instructions/

A sequence is the part of a source that is in a split; its frames are the sampled ones, numbered from 1. A line of
gt.txt is "frame,id,left,top,width,height,1,1,1", corners counted from 1. The id is the person's: who leaves and comes
back keeps it. No id stands twice in a frame, which TrackEval refuses: unknown faces have one a track, and so has a
second face of somebody in a frame, as in a mirror. identities.txt of a sequence says who an id is.
"""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from facepipe.annotated import AnnotatedFrame
from facepipe.export.exporter import Exporter, Label
from facepipe.geometry import box_size
from facepipe.records import source_of

# Whom a box shows: the number of a class; with a track, or the id of a face, where that alone does not say it.
Key = tuple[int] | tuple[int, int | str]


class MotExporter(Exporter):
    """See the module."""

    def open(self) -> None:
        self._sequences: dict[tuple[str, str], list[tuple[AnnotatedFrame, list[Label]]]] = defaultdict(list)

    def add(self, frame: AnnotatedFrame) -> None:
        labels = self.labels(frame)
        if labels:
            name = source_of(frame.frame_id)
            sequence = self._sequences[frame.split, name]
            sequence.append((frame, labels))
            self.write_frame(frame, f"{frame.split}/{name}/img1/{len(sequence):06d}.jpg")

    def close(self) -> None:
        for (split, name), frames in self._sequences.items():
            place = f"{split}/{name}"
            lines, names, others = [], {}, {}
            for number, (_, labels) in enumerate(frames, 1):
                for key, label in _told_apart(labels):
                    own = key[0] + 1 if len(key) == 1 else len(self.classes) + 1 + others.setdefault(key, len(others))
                    names[own] = label.name
                    lines.append(_line(number, own, label))
            self.target.text(f"{place}/gt/gt.txt", "".join(lines))
            self.target.text(f"{place}/identities.txt", "".join(f"{own} {names[own]}\n" for own in sorted(names)))
            self.target.text(f"{place}/seqinfo.ini", _info(name, [frame for frame, _ in frames]))


def _told_apart(labels: list[Label]) -> Iterator[tuple[Key, Label]]:
    """The labels of a frame, each with whom it shows, nobody twice."""
    seen: set[Key] = set()
    for label in labels:
        person, face = label.number, label.face
        keys: list[Key] = [(person,)] if face.person else []
        keys += [(person, face.track)] if face.track >= 0 else []
        key = next((key for key in keys if key not in seen), (person, face.face_id))
        seen.add(key)
        yield key, label


def _line(number: int, own: int, label: Label) -> str:
    left, top, *_ = label.label_ltrb
    return ",".join(map(str, (number, own, left + 1, top + 1, *box_size(label.label_ltrb), 1, 1, 1))) + "\n"


def _info(name: str, frames: list[AnnotatedFrame]) -> str:
    """seqinfo.ini. The rate is that of the sampled frames; a gap, where nobody is seen, does not count."""
    steps = np.diff([frame.time_s for frame in frames])
    rate = 1 / np.median(steps) if len(steps) and np.median(steps) > 0 else 1.0
    width, height = frames[0].size_wh
    values = {
        "name": name,
        "imDir": "img1",
        "frameRate": f"{rate:g}",
        "seqLength": len(frames),
        "imWidth": width,
        "imHeight": height,
        "imExt": ".jpg",
    }
    return "[Sequence]\n" + "".join(f"{key}={value}\n" for key, value in values.items())
