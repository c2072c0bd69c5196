"""A small finished run, made without a network: painted faces, stored as a run stores them."""

from collections.abc import Collection
from pathlib import Path

import numpy as np
from dataset_world import SIZE_WH, Spot, make_run, talk_show
from stored_frames import start

from facepipe.records import Face, Frame, FrameRef, Source
from facepipe.results.summary import write_run_report
from facepipe.results.write import write_results
from facepipe.runs import pickles
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import ENCODINGS
from facepipe.runs.state import Counts, Status
from facepipe.runs.table import encodings
from facepipe.settings import AUTO, Settings
from facepipe.table import FaceTable

SETTINGS = {"annotations": ("yolo", "csv"), "plots": ("timeline",), "cluster": "dbscan", "detector": "cnn"}


def made_run(
    out: Path,
    spots: list[Spot] | None = None,
    clip: Path | None = None,
    rate: float = 1.0,
    shards: str = AUTO,
    nobody: Collection[int] = (),
    **settings,
) -> RunFolder:
    """A run of a clip of two people in two shots, or of other spots, in `out`; the clip itself is a few bytes.

    clip: a real one of SIZE_WH, of `rate` frames a second. nobody: frames that were looked at, too, without a face.
    """
    if clip is None:
        clip = out.parent / "films" / "show.mp4"
        clip.parent.mkdir(exist_ok=True)
        clip.write_bytes(b"a clip")
    source = Source("show.mp4-0123abcd", "show.mp4", clip, "0123abcd" * 8, clip.stat().st_size, True)
    folder = start(out, Settings.of(**{**SETTINGS, "encoder": "dlib", **settings}), [source])
    spots = spots or talk_show(people=2, shots=2)
    table = make_run(out, spots)
    table = table.with_(time_s=table.frame_index / rate)
    table = table.with_(cluster=np.unique(table.person, return_inverse=True)[1].astype(np.int32), threshold=0.5)
    empty = [Frame(FrameRef(source, index, index / rate), SIZE_WH, None, ()) for index in nobody]
    for frame in (*_frames(table, source, rate), *empty):
        folder.shards(shards).write(frame)
    folder.claim([ENCODINGS])
    pickles.write(folder.layout.encodings, encodings(table))
    write_results(folder, table)
    folder.update(
        status=Status.FINISHED,
        counts=Counts(len({*table.frame_id}), len({*table.frame_id}), 0, len(table), len(table.people), 0),
        seconds={"encoding": 1.0},
        assembled=folder.stage_file_count(),
        covers=folder.stage_file_count(),
    )
    folder.mark_ended([source], folder.stage_files())
    write_run_report(folder)
    return folder


def _frames(table: FaceTable, source: Source, rate: float) -> list[Frame]:
    rng = np.random.default_rng(5)
    frames = []
    for frame_id in dict.fromkeys(table.frame_id):
        rows = [row for row, other in enumerate(table.frame_id) if other == frame_id]
        faces = [
            Face(
                table.face_id[row],
                tuple(table.box_ltrb[row].tolist()),
                0.9,
                float(table.quality[row]),
                embedding=table.embedding[row],
                cloth=rng.normal(size=128),
                cloth_visibility=0.9,
            )
            for row in rows
        ]
        index = int(table.frame_index[rows[0]])
        ref = FrameRef(source, index, index / rate)
        frames.append(Frame(ref, SIZE_WH, None, tuple(faces), signature=np.arange(6, dtype=np.uint8)))
    return frames


def vectors_of(folder: RunFolder, faces: set[str]) -> list[bytes]:
    """The vectors of some faces, of face and clothing, as they are stored."""
    found = []
    for frame in folder.shards().frames(folder.sources()):
        for face in frame.faces:
            if face.face_id in faces:
                found += [face.embedding.tobytes(), *([] if face.cloth is None else [face.cloth.tobytes()])]
    return found
