"""A finished run of simulated people (see clustering.py), as a run leaves it."""

import os
from itertools import groupby
from pathlib import Path

import numpy as np
from clustering import simulate

from facepipe.imaging.codec import encode_jpeg
from facepipe.records import Face, Frame, FrameRef, Source
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import TABLES
from facepipe.runs.opening import open_run
from facepipe.runs.state import Counts, RunState, Status
from facepipe.settings import Settings
from facepipe.table import FaceTable

MOST_LINKS = 30_000  # of one file, of which file systems have 65,000 or fewer
SMALL_WH = (320, 200)


def make_run(out: Path, faces: int, *, stored: bool = False, **settings) -> RunFolder:
    """A run of photos of simulated people in `out`, without crops; one in nine of the larger people is wrongly two.

    stored: with shards, and a picture of its own for every frame, so that people can be made anew and forgotten.
    """
    found, truth = simulate(faces, max(2, faces // 20))
    ids = {name: f"{name}-{number:08x}" for number, name in enumerate(dict.fromkeys(found.source))}
    frames = [f"{ids[name]}-0000000" for name in found.source]
    seen: dict[str, int] = {}
    face_ids = []
    for frame in frames:
        seen[frame] = seen.get(frame, -1) + 1
        face_ids.append(f"{frame}-{seen[frame]}")
    half = (np.arange(faces) % 3 == 0) & (truth % 9 == 4)
    names = tuple(
        f"person_{who + 1 + 5000 * split:03d}" if who >= 0 else "" for who, split in zip(truth, half, strict=True)
    )
    found = found.with_(face_id=tuple(face_ids), frame_id=tuple(frames), cluster=truth, person=names)
    if stored:
        found = found.with_(**_side_by_side(face_ids))
    sources = [Source(ids[name], name, out / name, f"{n:064x}", 1, False) for n, name in enumerate(ids)]
    chosen = Settings.of(**{"encoder": "dlib", "detector": "cnn", "annotations": (), "plots": (), **settings})
    run = open_run(out, RunState(settings=chosen, shard_digest="digest"), sources)
    run.layout.frames.mkdir()
    if stored:
        _write_shards(run, found, sources)
    else:
        _write_one_picture(run, list(dict.fromkeys(frames)))
    run.claim(TABLES)
    run.write_tables(found)
    counts = Counts(len(seen), len(seen), 0, faces, len(found.people), names.count(""))
    run.update(status=Status.FINISHED, counts=counts, covers=run.stage_file_count(), assembled=run.stage_file_count())
    run.record(seconds={"encoding": 1.0})
    run.mark_ended(sources, run.stage_files())
    return run


def _write_one_picture(run: RunFolder, frames: list[str]) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (90, 160, 3), np.uint8)
    data = encode_jpeg(np.kron(noise, np.ones((9, 9, 1), np.uint8))[:800, :1000])
    first = run.path
    for number, frame in enumerate(frames):
        picture = run.layout.frame_picture(frame)
        if number % MOST_LINKS == 0:
            first = picture
            first.write_bytes(data)
        else:
            os.link(first, picture)


def _side_by_side(face_ids: list[str]) -> dict[str, np.ndarray]:
    """Places of faces in small frames, in which none hides another."""
    left = np.array([70 * int(face.rpartition("-")[2]) + 20 for face in face_ids])
    size = np.tile(SMALL_WH, (len(left), 1))
    boxes = np.stack([left, np.full(len(left), 60), left + 50, np.full(len(left), 110)], axis=1)
    return {"box_ltrb": boxes, "image_wh": size, "stored_wh": size}


def _write_shards(run: RunFolder, table: FaceTable, sources: list[Source]) -> None:
    """The shards, and for each frame a picture that no other is like."""
    shards, source_of = run.shards(), {source.name: source for source in sources}
    for number, (name, rows) in enumerate(groupby(range(len(table)), key=lambda row: table.source[row])):
        faces = tuple(
            Face(
                table.face_id[row],
                tuple(table.box_ltrb[row].tolist()),
                1.0,
                float(table.quality[row]),
                embedding=table.embedding[row],
            )
            for row in rows
        )
        frame = Frame(FrameRef(source_of[name], 0, 0.0), SMALL_WH, None, faces, np.zeros(6, np.uint8))
        shards.write(frame)
        noise = np.random.default_rng(number).integers(0, 255, (20, 32, 3), np.uint8)
        picture = np.kron(noise, np.ones((10, 10, 1), np.uint8))
        run.layout.frame_picture(frame.frame_id).write_bytes(encode_jpeg(picture))
