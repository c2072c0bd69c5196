"""A folder a person: <split>/<person>/<face_id>.jpg, as torchvision.datasets.ImageFolder and scikit-learn read them."""

from facepipe.annotated import AnnotatedFrame
from facepipe.export.exporter import Exporter
from facepipe.geometry import crop


class ImageFolderExporter(Exporter):
    """See the module. A picture is what the label's box holds."""

    unit = "crop"
    pictures = ("jpeg", "png")

    def open(self) -> None:
        """Every picture stands for itself."""

    def add(self, frame: AnnotatedFrame) -> None:
        labels = self.labels(frame)
        names = [f"{frame.split}/{label.name}/{label.face.face_id}{self.suffix}" for label in labels]
        self.write(frame, names, lambda image: [crop(image, label.label_ltrb) for label in labels])

    def close(self) -> None:
        """Nothing describes the whole: the folders do."""
