"""Writes what became of a frame: its picture where it has faces, then its shard, the checkpoint."""

from pathlib import Path

from pyPiper import Node

from facepipe.dataset.pictures import encode_jpeg
from facepipe.nodes.face_budget import FaceBudget
from facepipe.records import Frame
from facepipe.store.atomic import write_bytes
from facepipe.store.shards import ShardFolder


class DatastoreManager(Node):
    """Frame in, its id out, once it is on disk."""

    def setup(self, frames: Path, shards: ShardFolder, budget: FaceBudget | None = None) -> None:
        self.frames, self.shards, self.budget = frames, shards, budget or FaceBudget()

    def run(self, data: Frame) -> None:
        self.store(data)
        self.emit(data.frame_id)

    def store(self, frame: Frame) -> None:
        """Write <frames>/<frame_id>.jpg (full size, only with faces) and the shard. StorageFull if that fails."""
        if frame.faces:
            write_bytes(self.frames / f"{frame.frame_id}.jpg", encode_jpeg(frame.picture.rgb()))
        self.shards.write(frame)
        self.budget.add(frame.frame_id, len(frame.faces))
