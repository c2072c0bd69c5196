"""What it takes to store and read 10,000 frames: each in a file of its own, and many in a segment."""

import os
import statistics
import tempfile
import time
from pathlib import Path

import measure
import numpy as np

from facepipe.records import Face, Frame, FrameRef, Source
from facepipe.runs.shards import ShardFolder
from facepipe.settings import FRAME, SEGMENT

FRAMES, FACES = 10_000, 2
SOURCE = Source("clip-01234567", "clip.mp4", Path("clip.mp4"), "01" * 32, 1, True)


def measured(args):
    frames = [_frame(index) for index in range(FRAMES)]
    costs = {way: [] for way in (FRAME, SEGMENT)}
    for _ in range(args.repeats):
        for way, found in costs.items():
            found.append(_once(frames, way, args.out))
    medians = {way: [statistics.median(each) for each in zip(*found, strict=True)] for way, found in costs.items()}
    rows = [
        [way, f"{w:.2f}", f"{r:.2f}", f"{size / 1e6:.0f}", int(files)] for way, (w, r, size, files) in medians.items()
    ]
    text = measure.table(["`--shards`", "write, CPU s", "read, CPU s", "MB", "files"], rows)
    return f"Shards of {FRAMES:,} frames", text, medians


def _once(frames, way, out):
    with tempfile.TemporaryDirectory(dir=out) as folder:
        path = Path(folder) / "shards"
        started = time.process_time()
        shards = ShardFolder(path, "digest", way)
        for frame in frames:
            shards.write(frame)
        written = time.process_time()
        assert sum(1 for _ in ShardFolder(path, "digest").frames([SOURCE])) == len(frames)
        read = time.process_time()
        sizes = [entry.stat().st_size for entry in os.scandir(path)]
    return written - started, read - written, sum(sizes), len(sizes)


def _frame(index):
    rng = np.random.default_rng(index)
    ref = FrameRef(SOURCE, index, index / 25)
    faces = [
        Face(
            face_id=f"{ref.frame_id}-{number}",
            box_ltrb=(100 * number, 50, 100 * number + 80, 130),
            score=0.75,
            embedding=rng.normal(size=256),
            cloth=rng.normal(size=128),
            cloth_visibility=0.9,
        )
        for number in range(FACES)
    ]
    return Frame(ref, (1920, 1080), None, tuple(faces))
