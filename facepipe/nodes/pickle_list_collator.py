"""Collates the shards of a run into one table."""

from collections.abc import Collection

import numpy as np
from pyPiper import Node

from facepipe.faces.clothing import MIN_VISIBILITY
from facepipe.media.shots import shot_ids
from facepipe.records import FaceTable, Frame
from facepipe.run import pickles
from facepipe.run.folder import RunFolder
from facepipe.run.table import collate, encodings


class PickleListCollator(Node):
    """Root of the second graph: emits the FaceTable once, and writes encodings.pickle, the collated list."""

    def setup(self, folder: RunFolder, forgotten: Collection[str] = ()) -> None:
        """forgotten: ids of faces whose places in the shards are empty."""
        self.folder, self.forgotten = folder, forgotten

    def run(self, data: None) -> None:
        self.emit(self.collate())
        self.close()

    def collate(self) -> FaceTable:
        """The table of every face, which may be empty; what was counted goes to run.json."""
        frames = self._frames()
        table = collate(frames, shot_ids, MIN_VISIBILITY, self.folder.settings().sampling.frame_size)
        table = table.take(np.array([face not in self.forgotten for face in table.face_id], bool))
        self.folder.claim(["encodings.pickle"])
        pickles.write(self.folder.path / "encodings.pickle", encodings(table))
        counts = {
            "frames": len(frames),
            "frames_with_faces": sum(bool(frame.faces) for frame in frames),
            "frames_skipped": sum(bool(frame.skipped) for frame in frames),
            "faces": len(table),
        }
        self.folder.record(counts=counts)
        return table

    def _frames(self) -> list[Frame]:
        """All stored frames in order; with --max-faces, up to the one in which that number is reached."""
        limit = self.folder.settings().detection.max_faces
        frames, faces = [], 0
        for frame in self.folder.shards().frames(self.folder.sources()):
            frames.append(frame)
            faces += len(frame.faces)
            if limit is not None and faces >= limit:
                break
        return frames
