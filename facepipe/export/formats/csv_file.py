"""CSV: faces.csv, a row a face: where it is, whose it is, its split, and its vector in the columns v000 to v127."""

import csv
import io

from facepipe.export.formats.tables import COLUMNS, TableExporter
from facepipe.records import VECTOR_SIZE


class CsvExporter(TableExporter):
    """See the module. Nine significant digits bring a float32 back exactly."""

    def close(self) -> None:
        self.target.data("faces.csv", lambda: self._text().encode())

    def _text(self) -> str:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([*COLUMNS, *(f"v{i:03d}" for i in range(VECTOR_SIZE))])
        for row, (_, label) in zip(self.rows(), self._labels, strict=True):
            times = {
                "time_s": f"{row['time_s']:.3f}",
                "score": f"{row['score']:.4f}",
                "quality": f"{row['quality']:.4f}",
            }
            writer.writerow([*(row | times).values(), *(f"{value:.9g}" for value in label.face.embedding.tolist())])
        return text.getvalue()
