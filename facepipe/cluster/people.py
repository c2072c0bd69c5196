"""The default clusterer. It weighs evidence against the odds of as many people as there seem to be: see by_evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from facepipe.callbacks import Progress, no_progress
from facepipe.contracts import Clusterer
from facepipe.records import Clustering
from facepipe.table import FaceTable


@dataclass(frozen=True, slots=True)
class People(Clusterer):
    """The default. Uses the tracks of the table (but for impossible ones), or makes them where it has none.

    A second copy of a frame changes nobody.
    """

    name: ClassVar[str] = "people"
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {"min_csize": (1, 2, 3)}

    def cluster(self, table: FaceTable, progress: Progress = no_progress) -> Clustering:
        from facepipe.cluster.by_evidence import cluster  # here, so that the options can be listed without it

        return cluster(table, self, progress)
