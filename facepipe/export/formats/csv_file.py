"""CSV: faces.csv, one row per face: where it is, whose it is, its split, its embedding in embedding_000, _001, ..."""

import csv
import io

from facepipe.export.formats.tables import COLUMNS, TableExporter


class CsvExporter(TableExporter):
    """See the module. Nine significant digits bring a float32 back exactly."""

    def close(self) -> None:
        self.target.data("faces.csv", lambda: self._text().encode())

    def _text(self) -> str:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([*COLUMNS, *(f"embedding_{i:03d}" for i in range(self._dimensions))])
        for row, (_, label) in zip(self.rows(), self._labels, strict=True):
            times = {
                "time_s": f"{row['time_s']:.3f}",
                "score": f"{row['score']:.4f}",
                "quality": f"{row['quality']:.4f}",
            }
            writer.writerow([*(row | times).values(), *(f"{value:.9g}" for value in label.face.embedding.tolist())])
        return text.getvalue()
