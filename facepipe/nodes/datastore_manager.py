"""Puts frames on disk."""

from pyPiper import Node

from facepipe.records import Frame
from facepipe.runs.datastore import Datastore


class DatastoreManager(Node):
    """Frame in, its id out, once it is on disk: its picture where it has faces, then its shard, the checkpoint."""

    def setup(self, datastore: Datastore) -> None:
        self.datastore = datastore

    def run(self, data: Frame) -> None:
        self.datastore.store(data)
        self.emit(data.frame_id)
