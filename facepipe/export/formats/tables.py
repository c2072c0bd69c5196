"""What the table formats have in common: one row per face, with its embedding and without pictures."""

from facepipe.annotated import AnnotatedFrame
from facepipe.export.exporter import Exporter, Label

COLUMNS = "face_id person split source frame time_s left top right bottom width height score quality shot track".split()


class TableExporter(Exporter):
    """Collects the rows of a table. left, top, right, bottom: the label's box in its source of width and height."""

    unit = "row"
    pictures = ()

    def open(self) -> None:
        self._labels: list[tuple[AnnotatedFrame, Label]] = []
        self._dimensions = 0  # of an embedding

    def add(self, frame: AnnotatedFrame) -> None:
        self._labels += [(frame, label) for label in self.labels(frame)]
        self._dimensions = len(frame.faces[0].embedding)

    def rows(self) -> list[dict]:
        """A dict of COLUMNS a face, builtins only."""
        return [
            dict(
                zip(
                    COLUMNS,
                    (
                        label.face.face_id,
                        label.name,
                        frame.split,
                        frame.source,
                        frame.index,
                        frame.time_s,
                        *self.in_source(frame, label),
                        *frame.source_wh,
                        label.face.score,
                        label.face.quality,
                        frame.shot,
                        label.face.track,
                    ),
                    strict=True,
                )
            )
            for frame, label in self._labels
        ]
