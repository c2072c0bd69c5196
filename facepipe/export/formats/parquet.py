"""Parquet: faces.parquet, the rows of the CSV format with the embedding as one column."""

import io

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from facepipe.export.formats.tables import TableExporter

_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("face_id", "person", "split", "source")),
        ("frame", pa.int64()),
        ("time_s", pa.float64()),
        *((name, pa.int32()) for name in ("left", "top", "right", "bottom", "width", "height")),
        *((name, pa.float32()) for name in ("score", "quality")),
        *((name, pa.int32()) for name in ("shot", "track")),
    ]
)


class ParquetExporter(TableExporter):
    """See the module."""

    def close(self) -> None:
        self.target.data("faces.parquet", self._bytes)

    def _bytes(self) -> bytes:
        table = pa.Table.from_pylist(self.rows(), schema=_SCHEMA)
        embeddings = np.array([label.face.embedding for _, label in self._labels], np.float32).reshape(-1)
        table = table.append_column(
            "embedding", pa.FixedSizeListArray.from_arrays(pa.array(embeddings), self._dimensions)
        )
        buffer = io.BytesIO()
        parquet.write_table(table, buffer)
        return buffer.getvalue()
