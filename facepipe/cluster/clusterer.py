"""What a clusterer is: options, and a method that turns a table into people."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from facepipe.callbacks import Progress, no_progress
from facepipe.options import PluginOptions, option
from facepipe.records import Clustering
from facepipe.table import FaceTable


@dataclass(frozen=True, slots=True)
class Clusterer(PluginOptions):
    """A method that can be chosen. grid: the values of its options that `facepipe tune` tries."""

    grid: ClassVar[Mapping[str, Sequence[Any]]] = {}

    min_csize: int = option(1, "fewest faces that make a person", metavar="N", low=1)
    allow_duplicates: bool = option(False, "one person may appear twice in a frame (mirrors, collages)")

    @abstractmethod
    def cluster(self, table: FaceTable, progress: Progress = no_progress) -> Clustering:
        """Label every face.

        Labels are a partition (-1 unknown, 0..k-1 people numbered by the row of their first face), the same whatever
        the order of the rows, deterministic; no two faces of one frame are one person unless `allow_duplicates`; any
        number of faces works, none included. progress: called with (done, total). UsageError: options that the method
        cannot work with, or more faces than it can hold.
        """
