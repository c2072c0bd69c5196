"""Ultralytics YOLO: data.yaml, images/<split>/<frame>.jpg, labels/<split>/<frame>.txt.

https://docs.ultralytics.com/datasets/detect/: a line a face, "class cx cy w h", normalised to the picture.
"""

import json
from typing import ClassVar

from facepipe.annotated import AnnotatedFrame
from facepipe.export.exporter import Exporter, Label
from facepipe.export.split import SPLITS
from facepipe.geometry import Size, to_yolo


def label_line(label: Label, size_wh: Size) -> str:
    """The line of a face, without its end."""
    return " ".join([str(label.number), *(f"{v:.6f}" for v in to_yolo(label.label_ltrb, size_wh))])


class YoloExporter(Exporter):
    """See the module. about: lines of data.yaml that a format of this kind has besides."""

    about: ClassVar[tuple[str, ...]] = ()

    def open(self) -> None:
        self._splits: set[str] = set()

    def add(self, frame: AnnotatedFrame) -> None:
        labels = self.labels(frame)
        if not labels:
            return
        self._splits.add(frame.split)
        picture, text = _files(frame.frame_id, frame.split)
        self.write_frame(frame, picture)
        self.target.text(text, "".join(f"{self.line(label, frame.size_wh)}\n" for label in labels))

    def stays(self, frame_id: str, split: str) -> bool:
        there = self.target.stay(_files(frame_id, split))
        if there:
            self._splits.add(split)
        return there

    def line(self, label: Label, size_wh: Size) -> str:
        """The line of a face in its label file, without its end."""
        return label_line(label, size_wh)

    def close(self) -> None:
        # No "path:": Ultralytics then takes the folder of data.yaml, wherever the dataset has been moved to.
        lines = [f"{split}: images/{split}" for split in SPLITS if split in self._splits]
        if "val" not in self._splits and "train" in self._splits:
            lines.append("val: images/train  # no shot was left for validation: these are the training pictures")
        lines += [*self.about, f"nc: {len(self.classes)}", "names:"]
        # JSON strings are YAML strings, whatever a person is called.
        lines += [f"  {number}: {json.dumps(name, ensure_ascii=False)}" for number, name in enumerate(self.classes)]
        self.target.text("data.yaml", "\n".join(lines) + "\n")


def _files(frame_id: str, split: str) -> tuple[str, str]:
    """The picture of a frame, and its labels."""
    return f"images/{split}/{frame_id}.jpg", f"labels/{split}/{frame_id}.txt"
