"""Turns faces into people."""

from pyPiper import Node

from facepipe.callbacks import Progress, no_progress
from facepipe.people.labeller import Labeller
from facepipe.table import FaceTable


class ClusterUtility(Node):
    """FaceTable in, the same table with track, cluster and person out."""

    def setup(self, labeller: Labeller, progress: Progress = no_progress) -> None:
        self.batch_size = Node.BATCH_SIZE_ALL  # the whole set, once, in the caller's thread
        self.labeller, self.progress = labeller, progress

    def run(self, data: list[FaceTable]) -> None:
        for table in data:
            self.emit(self.labeller.label(table, self.progress))
