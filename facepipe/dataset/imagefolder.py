"""A folder a person: <split>/<person>/<face_id>.jpg, as torchvision.datasets.ImageFolder and scikit-learn read them."""

from functools import lru_cache

from facepipe.dataset.annotated import AnnotatedFrame
from facepipe.dataset.exporter import Exporter
from facepipe.geometry import crop


class ImageFolderExporter(Exporter):
    """See the module. A picture is what the label's box holds."""

    unit = "crop"

    def open(self) -> None:
        """Every picture stands for itself."""

    def add(self, frame: AnnotatedFrame) -> None:
        pixels = lru_cache(lambda: self.pixels(frame))
        for label in self.labels(frame):
            name = f"{frame.split}/{label.name}/{label.face.face_id}.jpg"
            self.target.jpeg(name, lambda box=label.box_ltrb: crop(pixels(), box))

    def close(self) -> None:
        """Nothing describes the whole: the folders do."""
