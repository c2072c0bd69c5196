"""What collating, clustering and writing cost as faces grow: simulated people, real files."""

import tempfile
import time
from pathlib import Path

import numpy as np
from clustering import simulate
from measure import table

from facepipe.cluster.people import People
from facepipe.files.target import Target
from facepipe.imaging.codec import encode_jpeg
from facepipe.results.write import write_dataset
from facepipe.runs.table import encodings, write_csv, write_npz
from facepipe.settings import CORES

SIZES = (100, 1_000, 10_000)


def measured(args):
    rows, figures = [], {}
    for size in SIZES:
        with tempfile.TemporaryDirectory(dir=args.out) as folder:
            seconds = one(Path(folder), size)
        figures[size] = seconds
        rows.append([size, *seconds.values(), 1000 * sum(seconds.values()) / size])
    return "As faces grow", table(["faces", *(f"{name} s" for name in figures[SIZES[0]]), "ms a face"], rows), figures


def one(out, size):
    """Seconds of each step for `size` faces in pictures of 640x360."""
    table, truth = simulate(size, max(2, size // 20))
    table = table.with_(image_wh=np.tile([640, 360], (size, 1)), stored_wh=None)
    picture = encode_jpeg(np.random.default_rng(0).integers(0, 255, (360, 640, 3), np.uint8))
    (out / "frames").mkdir()
    for name in set(table.frame_id):
        (out / "frames" / f"{name}.jpg").write_bytes(picture)
    people = tuple(f"person_{who + 1:03d}" if who >= 0 else "" for who in truth)
    labelled = table.with_(cluster=truth, person=people)
    steps = {
        "collate": lambda: encodings(table),
        "cluster": lambda: People().cluster(table),
        "tables": lambda: (write_csv(out / "faces.csv", labelled), write_npz(out / "faces.npz", labelled)),
        "crops, montages, annotations, plots": lambda: write(out, labelled),
    }
    return {name: _seconds(step) for name, step in steps.items()}


def write(out, table):
    with Target(out, threads=CORES) as target:
        write_dataset(target, table)


def _seconds(step):
    started = time.perf_counter()
    step()
    return time.perf_counter() - started
