"""Pascal VOC: JPEGImages/<frame>.jpg, Annotations/<frame>.xml, ImageSets/Main/<split>.txt.

http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/: pixels count from 1 and a box holds its last one, so a
half-open box (left, top, right, bottom) becomes xmin left + 1, ymin top + 1, xmax right, ymax bottom.
"""

from xml.etree import ElementTree

from facepipe.annotated import AnnotatedFrame
from facepipe.export.exporter import Exporter, Label
from facepipe.export.formats.xml_file import element, to_bytes
from facepipe.export.split import SPLITS


class VocExporter(Exporter):
    """See the module."""

    def open(self) -> None:
        self._frames: dict[str, list[str]] = {split: [] for split in SPLITS}

    def add(self, frame: AnnotatedFrame) -> None:
        labels = self.labels(frame)
        if not labels:
            return
        self._frames[frame.split].append(frame.frame_id)
        self.write_frame(frame, f"JPEGImages/{frame.frame_id}.jpg")
        self.target.data(f"Annotations/{frame.frame_id}.xml", lambda: to_bytes(annotation(frame, labels)))

    def close(self) -> None:
        for split, frames in self._frames.items():
            if frames:
                self.target.text(f"ImageSets/Main/{split}.txt", "".join(f"{name}\n" for name in frames))


def annotation(frame: AnnotatedFrame, labels: list[Label]) -> ElementTree.Element:
    """The XML of one frame."""
    width, height = frame.size_wh
    root = element("annotation", folder="JPEGImages", filename=f"{frame.frame_id}.jpg", segmented=0)
    root.append(element("size", width=width, height=height, depth=3))
    for label in labels:
        left, top, right, bottom = label.label_ltrb
        face = element("object", name=label.name, pose="Unspecified", truncated=0, difficult=0)
        face.append(element("bndbox", xmin=left + 1, ymin=top + 1, xmax=right, ymax=bottom))
        root.append(face)
    return root
