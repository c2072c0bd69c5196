"""Adds to every face what the person wears."""

from pathlib import Path

from pyPiper import Node

from facepipe.faces.clothing import ClothModel
from facepipe.records import Frame
from facepipe.settings import EncodingSettings


class ClothEncoder(Node):
    """Frame in, the same frame with clothing vectors and their visibility out; without a model it passes through."""

    def setup(
        self,
        encoding: EncodingSettings = EncodingSettings(),
        models_dir: Path | None = None,
    ) -> None:
        self.encoding, self.models_dir = encoding, models_dir
        self._model = None

    def open_worker(self) -> None:
        if not self.encoding.no_cloth:
            self._model = ClothModel(self.encoding.cloth_model, self.models_dir)

    def run(self, data: Frame) -> None:
        self.emit(self.encode(data))

    def encode(self, frame: Frame) -> Frame:
        """`frame` with `cloth` and `cloth_visibility` of its faces filled in."""
        if self._model is None:
            self.open_worker()
        if self._model is None or not frame.faces:
            return frame
        return frame.with_(faces=self._model.encode_faces(frame.picture.rgb(), frame.faces))
