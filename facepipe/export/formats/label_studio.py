"""Label Studio: <split>.json, tasks with a rectangle a face, images/<split>/<frame>.jpg, and config.xml.

https://labelstud.io/guide/predictions: corners, widths and heights are shares of the picture in percent. Rectangles are
predictions, which a person takes over or corrects. Pictures are served by Label Studio as local files: start it with
LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED=true and LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT=<the folder of the export>.
"""

import json
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from facepipe.annotated import AnnotatedFrame
from facepipe.export.exporter import Exporter, Label
from facepipe.export.formats.xml_file import to_bytes
from facepipe.export.split import SPLITS
from facepipe.geometry import Size, box_size


class LabelStudioExporter(Exporter):
    """See the module."""

    def open(self) -> None:
        self._tasks: dict[str, list[dict[str, Any]]] = {split: [] for split in SPLITS}

    def add(self, frame: AnnotatedFrame) -> None:
        labels = self.labels(frame)
        if not labels:
            return
        path = f"images/{frame.split}/{frame.frame_id}.jpg"
        self.write_frame(frame, path)
        rectangles = [_rectangle(label, frame.size_wh) for label in labels]
        self._tasks[frame.split].append(
            {
                "data": {"image": f"/data/local-files/?d={quote(path)}", "source": frame.source},
                "predictions": [{"model_version": "facepipe", "result": rectangles}],
            }
        )

    def close(self) -> None:
        for split, tasks in self._tasks.items():
            if tasks:
                self.target.text(f"{split}.json", json.dumps(tasks, ensure_ascii=False) + "\n")
        self.target.data("config.xml", lambda: to_bytes(self._config()))

    def _config(self) -> ElementTree.Element:
        """What Label Studio asks for as the labelling interface."""
        view = ElementTree.Element("View")
        ElementTree.SubElement(view, "Image", name="image", value="$image")
        names = ElementTree.SubElement(view, "RectangleLabels", name="person", toName="image")
        for name in self.classes:
            ElementTree.SubElement(names, "Label", value=name)
        return view


def _rectangle(label: Label, size_wh: Size) -> dict[str, Any]:
    width, height = size_wh
    left, top, *_ = label.label_ltrb
    box_w, box_h = box_size(label.label_ltrb)
    return {
        "id": label.face.face_id,
        "from_name": "person",
        "to_name": "image",
        "type": "rectanglelabels",
        "original_width": width,
        "original_height": height,
        "image_rotation": 0,
        "score": round(label.face.score, 4),
        "value": {
            "x": 100 * left / width,
            "y": 100 * top / height,
            "width": 100 * box_w / width,
            "height": 100 * box_h / height,
            "rotation": 0,
            "rectanglelabels": [label.name],
        },
    }
