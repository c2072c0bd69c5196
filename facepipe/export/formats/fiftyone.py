"""FiftyOne: data/<frame>.jpg and labels.json, a FiftyOneImageDetectionDataset.

https://docs.voxel51.com/user_guide/import_datasets.html#fiftyoneimagedetectiondataset: boxes are left, top, width and
height as shares of the picture. What is known of a face beside its box, and its split, stands in attributes of the
detection, and its track in `index`, by which FiftyOne tells objects apart.
"""

import json
from typing import Any

from facepipe.annotated import AnnotatedFrame
from facepipe.export.exporter import Exporter, Label
from facepipe.export.formats.facts import about
from facepipe.geometry import box_size


class FiftyOneExporter(Exporter):
    """See the module."""

    def open(self) -> None:
        self._labels: dict[str, list[dict[str, Any]]] = {}

    def add(self, frame: AnnotatedFrame) -> None:
        labels = self.labels(frame)
        if labels:
            self._labels[frame.frame_id] = [_detection(frame, label) for label in labels]
            self.write_frame(frame, f"data/{frame.frame_id}.jpg")

    def close(self) -> None:
        whole = {"classes": self.classes, "labels": self._labels}
        self.target.text("labels.json", json.dumps(whole, indent=1, ensure_ascii=False) + "\n")


def _detection(frame: AnnotatedFrame, label: Label) -> dict[str, Any]:
    facts = {name: value for name, value in about(frame, label).items() if name not in ("person", "box")}
    if label.face.track >= 0:
        facts["index"] = label.face.track
    (left, top, *_), (width, height), (across, down) = label.label_ltrb, box_size(label.label_ltrb), frame.size_wh
    box = [left / across, top / down, width / across, height / down]
    return {"label": label.number, "bounding_box": box, "attributes": {**facts, "split": frame.split}}
