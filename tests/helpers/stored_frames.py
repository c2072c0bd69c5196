"""Made-up frames as a run stores them, and the start of a run on them."""

import os
from pathlib import Path

import numpy as np

from facepipe.records import Face, Frame, FrameRef, Source
from facepipe.runs.folder import RunFolder
from facepipe.runs.opening import open_run
from facepipe.runs.state import RunState
from facepipe.settings import Settings

SOURCE = Source("clip-0123abcd", "clip.mp4", Path("clip.mp4"), "0123abcd" * 8, 1234, True)
OTHER = Source("other-89abcdef", "other.mp4", Path("other.mp4"), "89abcdef" * 8, 99, True)


def make_frame(index: int, faces: int = 1, source: Source = SOURCE) -> Frame:
    """A frame of 64x48 pixels; all of its faces but the first have clothing."""
    rng = np.random.default_rng(index)
    ref = FrameRef(source, index, index / 25)
    made = [
        Face(
            face_id=f"{ref.frame_id}-{k}",
            box_ltrb=(10 * k, 5, 10 * k + 8, 13),
            score=0.75,
            quality=0.5,
            eyes=0.25,
            light=100.5,
            sharpness=0.125,
            embedding=rng.normal(size=128),
            cloth=rng.normal(size=128) if k else None,
            cloth_visibility=0.9 if k else 0.0,
        )
        for k in range(faces)
    ]
    return Frame(ref, (64, 48), None, tuple(made), signature=np.arange(6, dtype=np.uint8))


def start(path: Path, settings: Settings | None = None, sources=(SOURCE,), digest="digest", **options) -> RunFolder:
    """Start or resume a run of `settings` (default: all defaults)."""
    wanted = RunState(settings=settings or Settings(), shard_digest=digest)
    return open_run(path, wanted, list(sources), **options)


class Evil:
    """What makes a folder when a careless reader unpickles it."""

    def __init__(self, path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)
