"""Turns faces into people."""

from collections.abc import Callable, Mapping

from pyPiper import Node

from facepipe.cluster import CLUSTERERS
from facepipe.people.decisions import Corrections
from facepipe.people.naming import apply
from facepipe.records import FaceTable, LabelledFaces
from facepipe.settings import ClusterSettings

Suggest = Callable[[FaceTable, tuple[str, ...]], tuple[str, ...]]  # a name a face -> a name a face


class ClusterUtility(Node):
    """FaceTable in, LabelledFaces out."""

    def setup(
        self,
        settings: ClusterSettings = ClusterSettings(),
        progress: Callable[[int, int], None] | None = None,
        names: Mapping[str, str] | None = None,
        corrections: Corrections | None = None,
        suggest: Suggest | None = None,
    ) -> None:
        """names: face id -> the name that it had. corrections: what people have decided since.
        suggest: gives better names, after all that, to people whom nobody has named."""
        self.batch_size = Node.BATCH_SIZE_ALL  # the whole set, once, in the caller's thread
        self.settings, self.progress = settings, progress
        self.names, self.corrections = names or {}, corrections or Corrections()
        self.suggest = suggest

    def run(self, data: list[FaceTable]) -> None:
        for table in data:
            self.emit(self.cluster(table))

    def cluster(self, table: FaceTable) -> LabelledFaces:
        """The faces of `table` with their person: a name that was given or kept, else "person_001", ... in the order
        of appearance, "" when unknown."""
        clustering = CLUSTERERS.load(self.settings.cluster)(table, self.settings, self.progress)
        people = apply(table, clustering, self.names, self.corrections, allow_duplicates=self.settings.allow_duplicates)
        if self.suggest is not None:
            people = self.suggest(table, people)
        return LabelledFaces(table.with_(track=clustering.track), clustering, people)
