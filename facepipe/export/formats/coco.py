"""COCO instances: annotations/instances_<split>.json with <split>/<frame>.jpg. https://cocodataset.org/#format-data"""

import json
from typing import Any, ClassVar

from facepipe.annotated import AnnotatedFrame
from facepipe.export.exporter import Exporter, Label
from facepipe.export.split import SPLITS
from facepipe.geometry import Size, box_size


class CocoExporter(Exporter):
    """See the module. Ids start at 1; a box is [left, top, width, height] in pixels; file_name is inside <split>/.

    task, category: what a format of this kind is called, and what it says of its categories besides.
    """

    task: ClassVar[str] = "instances"
    category: ClassVar[dict[str, Any]] = {}

    def open(self) -> None:
        self._images: dict[str, list[dict]] = {split: [] for split in SPLITS}
        self._annotations: dict[str, list[dict]] = {split: [] for split in SPLITS}

    def add(self, frame: AnnotatedFrame) -> None:
        labels = self.labels(frame)
        if not labels:
            return
        images, annotations = self._images[frame.split], self._annotations[frame.split]
        width, height = frame.size_wh
        image_id = len(images) + 1
        images.append({"id": image_id, "file_name": f"{frame.frame_id}.jpg", "width": width, "height": height})
        for label in labels:
            left, top, *_ = label.label_ltrb
            box_w, box_h = box_size(label.label_ltrb)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": label.number + 1,
                    "bbox": [left, top, box_w, box_h],
                    "area": box_w * box_h,
                    "iscrowd": 0,
                    "segmentation": [],
                    **self.details(label, frame.size_wh),
                }
            )
        self.write_frame(frame, f"{frame.split}/{frame.frame_id}.jpg")

    def details(self, label: Label, size_wh: Size) -> dict[str, Any]:
        """What an annotation holds besides."""
        return {}

    def close(self) -> None:
        categories = [
            {"id": number, "name": name, "supercategory": "person", **self.category}
            for number, name in enumerate(self.classes, 1)
        ]
        for split, images in self._images.items():
            if images:
                whole = {
                    "info": {"description": f"faces by person, {split}"},
                    "licenses": [],
                    "categories": categories,
                    "images": images,
                    "annotations": self._annotations[split],
                }
                self.target.text(f"annotations/{self.task}_{split}.json", json.dumps(whole, ensure_ascii=False) + "\n")
