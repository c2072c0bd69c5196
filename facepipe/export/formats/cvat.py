"""CVAT for images 1.1: <split>.xml with images/<split>/<frame>.jpg.

https://docs.cvat.ai/docs/dataset_management/formats/format-cvat/: box corners are continuous coordinates. In CVAT:
make a task of images/train, then upload train.xml as "CVAT 1.1"; a task is one subset.
"""

from collections.abc import Iterator
from xml.etree import ElementTree

from facepipe.annotated import AnnotatedFrame
from facepipe.export.exporter import Exporter, Label
from facepipe.export.formats.xml_file import element, to_bytes
from facepipe.export.split import SPLITS
from facepipe.geometry import Box


class CvatExporter(Exporter):
    """See the module. A box has the attribute face_id, so that what is corrected in CVAT can be traced back."""

    def open(self) -> None:
        self._frames: dict[str, list[tuple[AnnotatedFrame, list[Label]]]] = {split: [] for split in SPLITS}

    def add(self, frame: AnnotatedFrame) -> None:
        labels = self.labels(frame)
        if labels:
            self._frames[frame.split].append((frame, labels))
            self.write_frame(frame, f"images/{frame.split}/{frame.frame_id}.jpg")

    def close(self) -> None:
        for split, frames in self._frames.items():
            if frames:
                self.target.data(f"{split}.xml", lambda split=split: to_bytes(self._document(split)))

    def _document(self, split: str) -> ElementTree.Element:
        root = element("annotations", version="1.1")
        meta = ElementTree.SubElement(root, "meta")
        task = element(
            "task", name="faces by person", size=len(self._frames[split]), subset=split, mode="annotation", overlap=0
        )
        labels = ElementTree.SubElement(task, "labels")
        labels.extend(label_element(name, mutable=False) for name in self.classes)
        meta.append(task)
        root.extend(self._images(split))
        return root

    def _images(self, split: str) -> Iterator[ElementTree.Element]:
        for number, (frame, labels) in enumerate(self._frames[split]):
            width, height = map(str, frame.size_wh)
            image = ElementTree.Element(
                "image", id=str(number), name=f"{frame.frame_id}.jpg", subset=split, width=width, height=height
            )
            for label in labels:
                places = corners(label.label_ltrb)
                box = ElementTree.SubElement(image, "box", label=label.name, occluded="0", z_order="0", **places)
                ElementTree.SubElement(box, "attribute", name="face_id").text = label.face.face_id
            yield image


def corners(box: Box) -> dict[str, str]:
    """A box as CVAT's attributes."""
    return {name: f"{value:.2f}" for name, value in zip(("xtl", "ytl", "xbr", "ybr"), box, strict=True)}


def label_element(name: str, *, mutable: bool) -> ElementTree.Element:
    """A class with its attribute face_id. mutable: whether that differs from frame to frame of one object."""
    made = element("label", name=name)
    attribute = element("attribute", name="face_id", mutable=mutable, input_type="text", default_value="", values="")
    ElementTree.SubElement(made, "attributes").append(attribute)
    return made
