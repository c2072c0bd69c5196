"""Darknet: obj.names, obj.data, train.txt, valid.txt (test.txt), and obj/<frame>.jpg with obj/<frame>.txt beside it.

https://github.com/AlexeyAB/darknet#how-to-train-to-detect-your-custom-objects. Paths are relative to the folder, so
training starts there: `darknet detector train obj.data your.cfg`.
"""

from facepipe.annotated import AnnotatedFrame
from facepipe.export.exporter import Exporter
from facepipe.export.formats.yolo import label_line

_LISTS = {"train": "train.txt", "val": "valid.txt", "test": "test.txt"}


class DarknetExporter(Exporter):
    """See the module."""

    def open(self) -> None:
        self._pictures: dict[str, list[str]] = {split: [] for split in _LISTS}

    def add(self, frame: AnnotatedFrame) -> None:
        labels = self.labels(frame)
        if not labels:
            return
        picture, text = _files(frame.frame_id)
        self._pictures[frame.split].append(picture)
        self.write_frame(frame, picture)
        self.target.text(text, "".join(f"{label_line(label, frame.size_wh)}\n" for label in labels))

    def stays(self, frame_id: str, split: str) -> bool:
        picture, text = _files(frame_id)
        there = self.target.stay((picture, text))
        if there:
            self._pictures[split].append(picture)
        return there

    def close(self) -> None:
        for split, pictures in self._pictures.items():
            if pictures or split != "test":
                self.target.text(_LISTS[split], "".join(f"{name}\n" for name in pictures))
        self.target.text("obj.names", "".join(f"{name}\n" for name in self.classes))
        data = {"classes": len(self.classes), "train": "train.txt", "valid": "valid.txt"}
        data |= {"names": "obj.names", "backup": "."}  # where weights go: a folder that is there, it makes none
        self.target.text("obj.data", "".join(f"{key} = {value}\n" for key, value in data.items()))


def _files(frame_id: str) -> tuple[str, str]:
    """The picture of a frame, and its labels."""
    return f"obj/{frame_id}.jpg", f"obj/{frame_id}.txt"
