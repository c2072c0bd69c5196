"""Root of the first graph: sampled frames, source after source, in time order."""

from contextlib import suppress
from threading import Thread

from pyPiper import Node

from facepipe.engine.pypiper import refuse_processes
from facepipe.media.stream import FrameStream


class FramesProvider(Node):
    """Emits a Frame a sample, with its picture and no faces."""

    def setup(self, stream: FrameStream) -> None:
        self.stream, self._frames = stream, iter(stream)
        self._checked = False

    def open_worker(self) -> None:
        """Find out how much there is to do, meanwhile: of a season of films it takes minutes."""
        Thread(target=self._count, name="facepipe-count", daemon=True).start()

    def _count(self) -> None:
        with suppress(Exception):  # whoever reads the file will say so
            self.size = self.stream.expected()

    def close_worker(self) -> None:
        """End what reads ahead, in the thread that takes from it."""
        self._frames.close()
        self.stream.ended = True

    def run(self, data: None) -> None:
        if not self._checked:
            refuse_processes()
            self._checked = True
        frame = next(self._frames, None)
        if frame is None:
            self.close()
        else:
            self.emit(frame)
