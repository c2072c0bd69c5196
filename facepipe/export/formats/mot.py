"""MOT Challenge: <split>/<sequence>/gt/gt.txt with seqinfo.ini and img1/000001.jpg. https://motchallenge.net/instructions/

A sequence is the part of a source that is in a split; its frames are the sampled ones, numbered from 1. A line of
gt.txt is "frame,id,left,top,width,height,1,1,1", corners counted from 1. The id is the person's: who leaves and comes
back keeps it. identities.txt of a sequence says who it is.
"""

from collections import defaultdict

import numpy as np

from facepipe.annotated import AnnotatedFrame
from facepipe.export.exporter import Exporter, Label
from facepipe.geometry import box_size
from facepipe.records import source_of


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
            lines = [_line(number, label) for number, (_, labels) in enumerate(frames, 1) for label in labels]
            self.target.text(f"{place}/gt/gt.txt", "".join(lines))
            seen = {label.number: label.name for _, labels in frames for label in labels}
            self.target.text(f"{place}/identities.txt", "".join(f"{k + 1} {seen[k]}\n" for k in sorted(seen)))
            self.target.text(f"{place}/seqinfo.ini", _info(name, [frame for frame, _ in frames]))


def _line(number: int, label: Label) -> str:
    left, top, *_ = label.label_ltrb
    return (
        ",".join(map(str, (number, label.number + 1, left + 1, top + 1, *box_size(label.label_ltrb), 1, 1, 1))) + "\n"
    )


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
