"""The whole run as one table: collated from shards, written as faces.csv and faces.npz, read back by commands."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from facepipe.errors import StoreError
from facepipe.files.atomic import atomic_open
from facepipe.geometry import Size, clip_box, fit_within
from facepipe.records import VECTOR_SIZE, FaceTable, Frame
from facepipe.run import pickles
from facepipe.settings import SamplingSettings

CSV_NAME, NPZ_NAME = "faces.csv", "faces.npz"
COLUMNS = "face_id source frame time_s left top right bottom score quality shot track cluster person".split()


def collate(
    frames: Sequence[Frame],
    shot_ids: Callable[[list[np.ndarray], list[float]], Sequence[int]],
    min_cloth_visibility: float,
    frame_size: Size = SamplingSettings().frame_size,
) -> FaceTable:
    """The faces of `frames` (in order) as one table; boxes are clipped to their pictures.

    frame_size: what the stored pictures were shrunk to fit.
    shot_ids: gives each of one source's frames its shot, 0-based, from their signatures and times; shots are
        numbered on from source to source. Clothing less visible than `min_cloth_visibility` does not count.
    """
    shots = _number_shots(frames, shot_ids)
    rows = [(frame, face, shot) for frame, shot in zip(frames, shots, strict=True) for face in frame.faces]
    has_cloth = [face.cloth is not None and face.cloth_visibility >= min_cloth_visibility for _, face, _ in rows]
    cloth = [face.cloth if seen else np.zeros(VECTOR_SIZE) for (_, face, _), seen in zip(rows, has_cloth, strict=True)]
    n = len(rows)
    stored = [fit_within(frame.size_wh, frame_size) for frame, _, _ in rows]
    return FaceTable(
        face_id=tuple(face.face_id for _, face, _ in rows),
        frame_id=tuple(frame.frame_id for frame, _, _ in rows),
        source=tuple(frame.ref.source.name for frame, _, _ in rows),
        frame=np.array([frame.ref.index for frame, _, _ in rows], np.int64),
        time_s=np.array([frame.ref.time_s for frame, _, _ in rows], np.float64),
        box=np.array([clip_box(face.box_ltrb, frame.size_wh) for frame, face, _ in rows], np.int32).reshape(n, 4),
        image_wh=np.array([frame.size_wh for frame, _, _ in rows], np.int32).reshape(n, 2),
        score=np.array([face.score for _, face, _ in rows], np.float32),
        quality=np.array([face.quality for _, face, _ in rows], np.float32),
        shot=np.array([shot for _, _, shot in rows], np.int32),
        face=np.array([face.embedding for _, face, _ in rows], np.float32).reshape(n, VECTOR_SIZE),
        cloth=np.array(cloth, np.float32).reshape(n, VECTOR_SIZE),
        has_cloth=np.array(has_cloth, bool),
        track=np.full(n, -1, np.int32),
        stored_wh=np.array(stored, np.int32).reshape(n, 2),
    )


def _number_shots(frames: Sequence[Frame], shot_ids) -> list[int]:
    shots: list[int] = []
    start = 0
    while start < len(frames):
        source = frames[start].ref.source
        end = start
        while end < len(frames) and frames[end].ref.source == source:
            end += 1
        group = frames[start:end]
        first = shots[-1] + 1 if shots else 0
        ids = shot_ids([frame.signature for frame in group], [frame.ref.time_s for frame in group])
        shots.extend(first + int(shot) for shot in ids)
        start = end
    return shots


def encodings(table: FaceTable) -> list[dict]:
    """The collated list of encodings.pickle: a dict of builtins a face, vectors as `pickles.pack` writes them."""
    return [
        {
            "face_id": table.face_id[i],
            "frame_id": table.frame_id[i],
            "source": table.source[i],
            "box": [int(v) for v in table.box[i]],
            "encoding": pickles.pack(table.face[i]),
            "cloth": pickles.pack(table.cloth[i]) if table.has_cloth[i] else None,
        }
        for i in range(len(table))
    ]


def write_csv(path: Path, table: FaceTable, labels: np.ndarray, people: Sequence[str]) -> None:
    """faces.csv: a row a face. `labels` int (n,), -1 unknown; `people` the folder name a face, "" for unknown."""
    with atomic_open(path) as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(COLUMNS)
        for i in range(len(table)):
            writer.writerow(
                [
                    table.face_id[i],
                    table.source[i],
                    int(table.frame[i]),
                    f"{table.time_s[i]:.3f}",
                    *(int(v) for v in table.box[i]),
                    f"{table.score[i]:.4f}",
                    f"{table.quality[i]:.4f}",
                    int(table.shot[i]),
                    int(table.track[i]),
                    int(labels[i]),
                    people[i],
                ]
            )


def write_npz(path: Path, table: FaceTable) -> None:
    """faces.npz: the vectors (face_id, face, cloth, has_cloth) and the columns that faces.csv rounds or lacks."""
    with atomic_open(path, "wb") as handle:
        np.savez(
            handle,
            face_id=np.array(table.face_id, dtype=np.str_),
            frame_id=np.array(table.frame_id, dtype=np.str_),
            face=table.face,
            cloth=table.cloth,
            has_cloth=table.has_cloth,
            time_s=table.time_s,
            image_wh=table.image_wh,
            stored_wh=table.stored_wh,
            score=table.score,
            quality=table.quality,
        )


def read_table(out: Path) -> tuple[FaceTable, list[str]]:
    """The table of a finished run and each face's person ("" when unknown).

    Faces that only one of its two files has, because a run was killed between them, are left out: the next run mends
    that. Errors: StoreError if `out` holds no finished run or its two files do not belong together.
    """
    csv_path, npz_path = out / CSV_NAME, out / NPZ_NAME
    try:
        with csv_path.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
        with np.load(npz_path, allow_pickle=False) as arrays:
            columns = {name: arrays[name] for name in arrays.files}
        rows, columns = _in_both(rows, columns)
        table = FaceTable(
            face_id=tuple(row["face_id"] for row in rows),
            frame_id=tuple(columns["frame_id"].tolist()),
            source=tuple(row["source"] for row in rows),
            frame=np.array([int(row["frame"]) for row in rows], np.int64),
            box=np.array([[int(row[k]) for k in COLUMNS[4:8]] for row in rows], np.int32).reshape(-1, 4),
            shot=np.array([int(row["shot"]) for row in rows], np.int32),
            track=np.array([int(row["track"]) for row in rows], np.int32),
            **{k: columns[k] for k in "face cloth has_cloth time_s image_wh stored_wh score quality".split()},
        )
    except FileNotFoundError as error:
        raise StoreError(f"{out} holds no finished run ({Path(error.filename).name} is missing)") from error
    except (OSError, KeyError, ValueError, TypeError, EOFError, BadZipFile, csv.Error) as error:
        raise StoreError(f"{out}: cannot read the table ({error}); run facepipe again") from error
    return table, [row["person"] for row in rows]


def _in_both(rows: list[dict], columns: dict[str, np.ndarray]) -> tuple[list[dict], dict[str, np.ndarray]]:
    """The rows of faces.csv and the columns of faces.npz for the faces that both have, in the order of the latter."""
    ids = columns["face_id"].tolist()
    if [row["face_id"] for row in rows] == ids:
        return rows, columns
    by_id = {row["face_id"]: row for row in rows}
    kept = [place for place, face in enumerate(ids) if face in by_id]
    if (ids and by_id and not kept) or len(by_id) < len(rows):
        raise ValueError("faces.csv and faces.npz list different faces")
    return [by_id[ids[place]] for place in kept], {name: column[kept] for name, column in columns.items()}
