"""A tree of links to the crops of a run: cluster_with_<faces>/<person>/<face_id>.jpg.

As person-clustering leaves its result (imagecluster's `make_links`): people with many faces and people with few are
told apart at a glance, and nothing is copied. The links hold while the run stays where it is.
"""

from collections import defaultdict

from facepipe.annotated import AnnotatedFrame
from facepipe.export.exporter import Exporter
from facepipe.run.layout import PEOPLE, crop_name


class LinksExporter(Exporter):
    """See the module."""

    unit = "crop"

    def open(self) -> None:
        self._crops: dict[str, list[tuple[str, AnnotatedFrame]]] = defaultdict(list)

    def add(self, frame: AnnotatedFrame) -> None:
        for label in self.labels(frame):
            self._crops[label.name].append((label.face.face_id, frame))

    def close(self) -> None:
        for person, crops in self._crops.items():
            for face_id, frame in crops:
                run = frame.image_path.parent.parent
                source = run / PEOPLE / crop_name(person if person in self.people else "", face_id)
                self.target.symlink(f"cluster_with_{len(crops)}/{person}/{face_id}.jpg", source)
