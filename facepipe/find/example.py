"""Search by example: who of a run looks like the face in a picture."""

import numpy as np

from facepipe.people.gallery import mean_face
from facepipe.table import FaceTable


def people_by_distance(table: FaceTable, embedding: np.ndarray) -> list[tuple[str, float]]:
    """Every person with the distance of their mean face, weighted by quality, to `embedding` (d,); nearest
    first."""
    rows = {name: members for name, members in table.rows_by_person().items() if name}
    distances = {name: float(np.linalg.norm(mean_face(table, members) - embedding)) for name, members in rows.items()}
    return sorted(distances.items(), key=lambda item: (item[1], item[0]))


def faces_by_distance(table: FaceTable, embedding: np.ndarray) -> np.ndarray:
    """float32 (n,): the distance of every face to `embedding` (d,)."""
    return np.linalg.norm(table.embedding - embedding.astype(np.float32), axis=1)
