"""Writes what people look at and train on: the tables, crops, montages, annotations, plots."""

from pyPiper import Node

from facepipe.callbacks import Progress, no_progress
from facepipe.results.write import write_results
from facepipe.runs.folder import RunFolder
from facepipe.settings import CORES, OutputSettings
from facepipe.table import FaceTable


class FaceImageGenerator(Node):
    """Labelled FaceTable in; everything but shards, frames and the report is on disk when `run` returns."""

    def setup(
        self,
        folder: RunFolder,
        output: OutputSettings | None = None,
        threads: int = CORES,
        progress: Progress = no_progress,
    ) -> None:
        self.batch_size = Node.BATCH_SIZE_ALL  # the whole set, once: its files are written on threads of their own
        self.folder, self.output, self.threads, self.progress = folder, output, threads, progress

    def run(self, data: list[FaceTable]) -> None:
        for table in data:
            write_results(self.folder, table, self.output, threads=self.threads, progress=self.progress)
