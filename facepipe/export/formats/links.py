"""A tree of links to the crops of a run: cluster_with_<faces>/<person>/<face_id>.jpg.

As person-clustering leaves its result (imagecluster's `make_links`): people with many faces and people with few are
told apart at a glance, and nothing is copied. The links hold while the run stays where it is, and everybody's faces
keep their name: a person who is renamed has another folder there, so export again then.
"""

from collections import defaultdict
from pathlib import Path

from facepipe.annotated import AnnotatedFace, AnnotatedFrame
from facepipe.errors import UsageError
from facepipe.export.exporter import Exporter
from facepipe.runs.layout import PEOPLE, crop_name


class LinksExporter(Exporter):
    """See the module. UsageError for options that would change the crops."""

    unit = "link"
    pictures = ()

    def open(self) -> None:
        if self.options.boxes != "face":
            raise UsageError(f"--boxes {self.options.boxes}: links lead to the run's own crops; leave --boxes out")
        if self.options.blur_others:
            raise UsageError("--blur-others: links lead to the run's own crops; leave it out")
        self._crops: dict[str, list[tuple[AnnotatedFace, AnnotatedFrame]]] = defaultdict(list)

    def add(self, frame: AnnotatedFrame) -> None:
        for label in self.labels(frame):
            self._crops[label.name].append((label.face, frame))

    def close(self) -> None:
        for person, crops in self._crops.items():
            for face, frame in crops:
                crop = self._crop(frame.frames_dir.parent / PEOPLE, face)
                self.target.symlink(f"cluster_with_{len(crops)}/{person}/{face.face_id}.jpg", crop)

    def _crop(self, people_dir: Path, face: AnnotatedFace) -> Path:
        """Where the run has the crop of a face; who was not asked for counts as unknown here, and not there."""
        crop = people_dir / crop_name(face.person, face.face_id)
        return crop if face.person or crop.is_file() else next(people_dir.glob(f"*/{crop.name}"), crop)
