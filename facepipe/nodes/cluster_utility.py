"""Turns faces into people."""

from collections.abc import Callable

from pyPiper import Node

from facepipe.cluster import CLUSTERERS
from facepipe.records import FaceTable, LabelledFaces
from facepipe.settings import ClusterSettings


class ClusterUtility(Node):
    """FaceTable in, LabelledFaces out."""

    def setup(
        self,
        settings: ClusterSettings = ClusterSettings(),
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self.settings, self.progress = settings, progress

    def run(self, data: FaceTable) -> None:
        self.emit(self.cluster(data))

    def cluster(self, table: FaceTable) -> LabelledFaces:
        """The faces of `table` with their person: "person_001", ... in the order of appearance, "" when unknown."""
        clustering = CLUSTERERS.load(self.settings.cluster)(table, self.settings, self.progress)
        people = tuple(f"person_{label + 1:03d}" if label >= 0 else "" for label in clustering.labels.tolist())
        return LabelledFaces(table.with_(track=clustering.track), clustering, people)
