"""Search by example: who of a run looks like the face in a picture."""

from collections.abc import Sequence

import numpy as np

from facepipe.export.duplicates import rows_by_person
from facepipe.people.gallery import BAR, mean_face
from facepipe.records import FaceTable

LIKE = BAR  # a mean face, and a single face nearer than this, count as the same person


def people_by_distance(table: FaceTable, people: Sequence[str], vector: np.ndarray) -> list[tuple[str, float]]:
    """Every person with the distance of their mean face, weighted by quality, to `vector` (128,); nearest first."""
    rows = {name: members for name, members in rows_by_person(people).items() if name}
    distances = {name: float(np.linalg.norm(mean_face(table, members) - vector)) for name, members in rows.items()}
    return sorted(distances.items(), key=lambda item: (item[1], item[0]))


def faces_by_distance(table: FaceTable, vector: np.ndarray) -> np.ndarray:
    """float32 (n,): the distance of every face to `vector` (128,)."""
    return np.linalg.norm(table.face - vector.astype(np.float32), axis=1)
