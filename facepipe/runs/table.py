"""The table on disk: collated from shards, written as faces.csv and faces.npz, read back by commands."""

import csv
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from facepipe.errors import StoreError
from facepipe.geometry import Size
from facepipe.records import Frame
from facepipe.runs import pickles
from facepipe.runs.layout import TABLE_CSV, TABLE_NPZ, Layout
from facepipe.settings import SamplingSettings
from facepipe.space import DLIB, EmbeddingSpace
from facepipe.table import Column, FaceRow, FaceTable, collated, columns

ShotIds = Callable[[list[np.ndarray], list[float]], Sequence[int]]


def collate(
    frames: Sequence[Frame],
    shot_ids: ShotIds,
    min_cloth_visibility: float,
    *,
    frame_size: Size | None = None,
    space: EmbeddingSpace = DLIB,
    forgotten: Collection[str] = (),
) -> FaceTable:
    """The faces of `frames` (in order) as one table, without those that were `forgotten`.

    shot_ids: gives each of one source's frames its shot, 0-based, from their signatures and times; shots are
    numbered on from source to source. Clothing less visible than `min_cloth_visibility` does not count.
    frame_size: what the stored pictures were shrunk to fit (default: the settings').
    """
    size = frame_size or SamplingSettings().frame_size
    rows = [
        FaceRow(frame, face, shot, size, face.cloth is not None and face.cloth_visibility >= min_cloth_visibility)
        for frame, shot in zip(frames, _number_shots(frames, shot_ids), strict=True)
        for face in frame.faces
        if face.face_id not in forgotten
    ]
    return collated(rows, space)


def _number_shots(frames: Sequence[Frame], shot_ids: ShotIds) -> list[int]:
    shots: list[int] = []
    for _, of_source in groupby(frames, key=lambda frame: frame.ref.source):
        group = list(of_source)
        first = shots[-1] + 1 if shots else 0
        ids = shot_ids([frame.signature for frame in group], [frame.ref.time_s for frame in group])
        shots.extend(first + int(shot) for shot in ids)
    return shots


def encodings(table: FaceTable) -> list[dict[str, Any]]:
    """The collated list of encodings.pickle: a dict of builtins a face, embeddings as `pickles.pack` writes them."""
    return [
        {
            "face_id": table.face_id[i],
            "frame_id": table.frame_id[i],
            "source": table.source[i],
            "box": [int(v) for v in table.box_ltrb[i]],
            "encoding": pickles.pack(table.embedding[i]),
            "cloth": pickles.pack(table.cloth[i]) if table.has_cloth[i] else None,
        }
        for i in range(len(table))
    ]


def write_csv(path: Path, table: FaceTable) -> None:
    """faces.csv: one row per face. Not atomic: see `RunFolder.write_tables`."""
    chosen = [spec for spec in columns() if spec.csv]
    texts = [text for spec in chosen for text in _as_text(spec, getattr(table, spec.name))]
    with path.open("w", encoding="utf-8", newline="\n") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(name for spec in chosen for name in spec.csv)
        writer.writerows(zip(*texts, strict=True))


def _as_text(spec: Column, values: Any) -> Iterator[list[str]]:
    """A column as texts; a list for each of its names in faces.csv."""
    if spec.dtype is str:
        yield list(values)
        return
    for numbers in values.reshape(len(values), len(spec.csv)).T.tolist():
        yield ["" if number != number else format(number, spec.text) for number in numbers]  # nan: it is not known


def write_npz(path: Path, table: FaceTable) -> None:
    """faces.npz: the embeddings, and the columns that faces.csv rounds or lacks. Not atomic either."""
    arrays = {
        spec.npz: np.array(values, dtype=np.str_) if spec.dtype is str else values
        for spec in columns()
        if spec.npz and (values := getattr(table, spec.name)) is not None
    }
    with path.open("wb") as handle:
        np.savez(handle, **arrays)


def read_names(path: Path) -> dict[str, str] | None:
    """The person of every face as faces.csv has it, "" for unknown; None where there is no such file yet."""
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            return {row["face_id"]: row["person"] for row in csv.DictReader(handle)}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise StoreError(f"{path}: cannot read the table ({error}); run facepipe again") from error


def read_table(layout: Layout, space: EmbeddingSpace = DLIB) -> FaceTable:
    """The table of a finished run.

    Faces that only one of its two files has, because a run was killed between them, are left out: the next run mends
    that. Errors: StoreError if there is no finished run, or its two files do not belong together.
    """
    try:
        with (layout.path / TABLE_CSV).open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
        with np.load(layout.path / TABLE_NPZ, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        rows, arrays = _in_both(rows, arrays)
        return FaceTable(**{spec.name: _read(spec, rows, arrays) for spec in columns()}, space=space)
    except FileNotFoundError as error:
        raise StoreError(f"{layout.path} holds no finished run ({Path(error.filename).name} is missing)") from error
    except (OSError, KeyError, ValueError, TypeError, EOFError, BadZipFile, csv.Error) as error:
        raise StoreError(f"{layout.path}: cannot read the table ({error}); run facepipe again") from error


def _read(spec: Column, rows: list[dict[str, str]], arrays: dict[str, np.ndarray]) -> Any:
    if spec.npz and spec.npz not in arrays and spec.fill is not None:
        return None
    if spec.npz:
        return tuple(arrays[spec.npz].tolist()) if spec.dtype is str else arrays[spec.npz]
    if spec.dtype is str:
        return tuple(row[spec.csv[0]] for row in rows)
    cells = np.array([[row[name] for name in spec.csv] for row in rows], np.str_)
    return cells.astype(spec.dtype).reshape(len(rows), *spec.shape)


def _in_both(rows: list[dict], arrays: dict[str, np.ndarray]) -> tuple[list[dict], dict[str, np.ndarray]]:
    """The rows of faces.csv and the columns of faces.npz for the faces that both have, in the order of the latter."""
    ids = arrays["face_id"].tolist()
    if [row["face_id"] for row in rows] == ids:
        return rows, arrays
    by_id = {row["face_id"]: row for row in rows}
    kept = [place for place, face in enumerate(ids) if face in by_id]
    if (ids and by_id and not kept) or len(by_id) < len(rows):
        raise ValueError("faces.csv and faces.npz list different faces")
    return [by_id[ids[place]] for place in kept], {name: column[kept] for name, column in arrays.items()}
