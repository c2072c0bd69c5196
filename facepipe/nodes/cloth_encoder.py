"""Adds to every face what the person wears."""

from pathlib import Path

from pyPiper import Node

from facepipe import contracts
from facepipe.records import Frame
from facepipe.settings import EncodingSettings


class ClothEncoder(Node):
    """Frame in, the same frame with clothing vectors and their visibility out; without clothing it passes through."""

    def setup(self, encoding: EncodingSettings | None = None, models_dir: Path | None = None) -> None:
        self.encoding, self.models_dir = encoding or EncodingSettings(), models_dir
        self._network: contracts.ClothEncoder | None = None

    def open_worker(self) -> None:
        if self.encoding.cloth:
            self._network = self.encoding.cloth_model.open(self.models_dir)

    def run(self, data: Frame) -> None:
        if self._network is None:
            self.open_worker()
        if self._network is None or not data.faces:
            self.emit(data)
        else:
            self.emit(data.with_(faces=self._network.encode_faces(data.picture.rgb(), data.faces)))
