"""Adds to every frame its faces."""

from pathlib import Path

from pyPiper import Node

from facepipe.faces.analyser import FaceAnalyser
from facepipe.records import Frame
from facepipe.settings import DetectionSettings, EncodingSettings


class FaceEncoder(Node):
    """Frame in, the same frame with its faces out. The analyser is a worker's own."""

    def setup(
        self,
        detection: DetectionSettings | None = None,
        encoding: EncodingSettings | None = None,
        models_dir: Path | None = None,
    ) -> None:
        self.detection, self.encoding, self.models_dir = detection, encoding, models_dir
        self._analyser: FaceAnalyser | None = None

    def open_worker(self) -> None:
        self._analyser = FaceAnalyser(self.detection, self.encoding, self.models_dir)

    def run(self, data: Frame) -> None:
        if self._analyser is None:
            self.open_worker()
        self.emit(self._analyser.analyse(data))
