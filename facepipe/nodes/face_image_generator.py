"""Writes what people look at and train on: the tables, crops, montages, annotations, plots."""

from collections.abc import Callable

from pyPiper import Node

from facepipe.files.target import Target
from facepipe.people.folder import link_crops
from facepipe.records import LabelledFaces
from facepipe.results.write import write_dataset
from facepipe.run.folder import RunFolder
from facepipe.run.table import CSV_NAME, NPZ_NAME, write_csv, write_npz
from facepipe.settings import CORES, OutputSettings


class FaceImageGenerator(Node):
    """LabelledFaces in; everything but shards and frames is on disk when `run` returns."""

    def setup(
        self,
        folder: RunFolder,
        settings: OutputSettings = OutputSettings(),
        threads: int = CORES,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self.batch_size = Node.BATCH_SIZE_ALL  # the whole set, once, in the caller's thread
        self.folder, self.settings, self.threads, self.progress = folder, settings, threads, progress

    def run(self, data: list[LabelledFaces]) -> None:
        for faces in data:
            self.generate(faces)

    def generate(self, faces: LabelledFaces) -> None:
        """Write it all. What an earlier clustering wrote and this one does not is removed; nothing else is."""
        folder, table, people = self.folder, faces.table, faces.people
        planned, cut = Target(folder.path, dry=True), faces.clustering.cut
        write_dataset(planned, table, people, self.settings)
        paths = {*planned.paths, CSV_NAME, NPZ_NAME, "encodings.pickle", "report.html"}
        folder.claim(paths)
        link_crops(folder.people, (path.removeprefix("people/") for path in paths if path.startswith("people/")))
        with Target(folder.path, threads=self.threads) as target:
            notes = write_dataset(target, table, people, self.settings, cut=cut, progress=self.progress)
        write_npz(folder.path / NPZ_NAME, table)
        write_csv(folder.path / CSV_NAME, table, faces.clustering.labels, people)
        folder.release(set(folder.state["files"]) - paths)
        folder.record(counts={"people": len(set(people) - {""}), "unknown": people.count("")})
        folder.update(notes=list(notes), cut=cut)
