"""Parquet: faces.parquet, the rows of the CSV format with the embedding as one column."""

import io
from importlib.util import find_spec

import numpy as np

from facepipe.export.formats.tables import TableExporter
from facepipe.lazy import parquet
from facepipe.lazy import pyarrow as pa

if find_spec("pyarrow") is None:  # said now, not when all is done but for the writing
    raise ModuleNotFoundError("No module named 'pyarrow'", name="pyarrow")


class ParquetExporter(TableExporter):
    """See the module."""

    def close(self) -> None:
        self.target.data("faces.parquet", self._bytes)

    def _bytes(self) -> bytes:
        table = pa.Table.from_pylist(self.rows(), schema=_schema())
        embeddings = np.array([label.face.embedding for _, label in self._labels], np.float32).reshape(-1)
        table = table.append_column(
            "embedding", pa.FixedSizeListArray.from_arrays(pa.array(embeddings), self._dimensions)
        )
        buffer = io.BytesIO()
        parquet.write_table(table, buffer)
        return buffer.getvalue()


def _schema() -> "pa.Schema":
    """The columns but for the embedding."""
    return pa.schema(
        [
            *((name, pa.string()) for name in ("face_id", "person", "split", "source")),
            ("frame", pa.int64()),
            ("time_s", pa.float64()),
            *((name, pa.int32()) for name in ("left", "top", "right", "bottom", "width", "height")),
            *((name, pa.float32()) for name in ("score", "quality")),
            *((name, pa.int32()) for name in ("shot", "track")),
        ]
    )
