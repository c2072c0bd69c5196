"""Root of the second graph: the shards of a run as one table."""

from collections.abc import Collection

from pyPiper import Node

from facepipe.engine.pypiper import refuse_processes
from facepipe.results.collate import collate_run
from facepipe.runs.folder import RunFolder


class PickleListCollator(Node):
    """Emits the FaceTable once, and writes encodings.pickle, the collated list."""

    def setup(self, folder: RunFolder, forgotten: Collection[str] = ()) -> None:
        """forgotten: ids of faces whose places in the shards are empty."""
        self.folder, self.forgotten = folder, forgotten

    def run(self, data: None) -> None:
        refuse_processes()
        self.emit(collate_run(self.folder, self.forgotten))
        self.close()
