"""The table on disk: collated from shards, written as faces.csv and faces.npz, read back by commands."""

import csv
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from io import StringIO
from itertools import chain, islice
from pathlib import Path
from typing import Any, TextIO
from zipfile import BadZipFile

import numpy as np

from facepipe.errors import StoreError
from facepipe.files.atomic import open_to_write
from facepipe.files.hashing import State, state_of
from facepipe.files.lines import whole_lines
from facepipe.files.mapped import read_arrays
from facepipe.geometry import Size
from facepipe.lazy import parquet
from facepipe.lazy import pyarrow as pa
from facepipe.records import Frame
from facepipe.runs import pickles
from facepipe.runs.layout import TABLE_CSV, TABLE_NPZ, Layout
from facepipe.settings import SamplingSettings
from facepipe.space import DLIB, EmbeddingSpace
from facepipe.table import Column, FaceRow, FaceTable, collated, columns

_TEXTS = ("face_id", "source", "person")  # what faces.csv alone has, or is asked for alone
_ROWS = 256  # of faces.csv that are taken apart at once: they stay in the processor's cache
_BLOCK = 1 << 15  # letters: about as many


def collate(
    frames: Sequence[Frame],
    number_shots: Callable[[Sequence[Frame]], Sequence[int]],
    min_cloth_visibility: float,
    *,
    frame_size: Size | None = None,
    space: EmbeddingSpace = DLIB,
    forgotten: Collection[str] = (),
) -> FaceTable:
    """The faces of `frames` (in order) as one table, without those that were `forgotten`.

    number_shots: gives every frame its shot, see `FaceTable`. Clothing less visible than `min_cloth_visibility` does
    not count. frame_size: what the stored pictures were shrunk to fit (default: the settings').
    """
    size = frame_size or SamplingSettings().frame_size
    rows = [
        FaceRow(frame, face, shot, size, face.cloth is not None and face.cloth_visibility >= min_cloth_visibility)
        for frame, shot in zip(frames, number_shots(frames), strict=True)
        for face in frame.faces
        if face.face_id not in forgotten
    ]
    return collated(rows, space)


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


def write_csv(path: Path, table: FaceTable, before: Path | None = None, renamed: Collection[str] = ()) -> None:
    """faces.csv: one row per face. Not atomic: see `RunFolder.write_tables`.

    before: one of the same table, but for the faces that are `renamed`, which have another person or are in that one
    alone: its other rows are copied.
    """
    if before is not None and _copy_rows(before, path, table, renamed):
        return
    chosen = [spec for spec in columns() if spec.csv]
    texts = [text for spec in chosen for text in _as_text(spec, getattr(table, spec.name))]
    with path.open("w", encoding="utf-8", newline="\n") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(name for spec in chosen for name in spec.csv)
        writer.writerows(zip(*texts, strict=True))


def _copy_rows(before: Path, path: Path, table: FaceTable, renamed: Collection[str]) -> bool:
    """Write a faces.csv with the rows of another, in which the people of some faces are put in, or whose rows are left
    out. False: it was not done to its end, as where cells are quoted: there may be line ends in them."""
    left_out = {face.encode() for face in {*renamed}.difference(table.face_id)}
    changing = [row for row, face in enumerate(table.face_id) if face in renamed]
    start = 0  # the row with which a block begins
    with before.open("rb") as old, open_to_write(path) as new:
        head = old.readline()
        if b'"' in head or not head.endswith(b",person\n"):
            return False
        new.write(head)
        for block in whole_lines(old):
            if b'"' in block:
                return False
            if left_out:
                block = b"\n".join(line for line in block.split(b"\n") if line.partition(b",")[0] not in left_out)
            end = start + block.count(b"\n")
            rows = changing[bisect_left(changing, start) : bisect_left(changing, end)]
            if rows and not (block := _with_people(block, start, rows, table)):
                return False
            new.write(block)
            start = end
    return start == len(table)


def _with_people(block: bytes, start: int, rows: Sequence[int], table: FaceTable) -> bytes:
    """Lines of faces.csv, from row `start` on, with other people in some rows; nothing where these are of other faces
    than the table's."""
    lines = block.split(b"\n")
    for row in rows:
        line, face = lines[row - start], table.face_id[row].encode()
        if not line.startswith(face + b","):
            return b""
        text = StringIO(newline="")
        csv.writer(text, lineterminator="").writerow([table.face_id[row], table.person[row]])  # who may need quotes
        lines[row - start] = line.rpartition(b",")[0] + text.getvalue().encode().removeprefix(face)
    return b"\n".join(lines)


def _as_text(spec: Column, values: Any) -> Iterator[list[str]]:
    """A column as texts; a list for each of its names in faces.csv."""
    if spec.dtype is str:
        yield list(values)
        return
    for numbers in values.reshape(len(values), len(spec.csv)).T.tolist():
        if spec.text:
            yield ["" if number != number else format(number, spec.text) for number in numbers]  # nan: it is not known
        else:
            yield list(map(str, numbers))


def write_parquet(path: Path, table: FaceTable) -> None:
    """The columns of faces.csv, with all digits, as Parquet. Not atomic either. ImportError without pyarrow."""
    found = {
        name: pa.array(values if spec.dtype is str else values.reshape(len(table), -1)[:, place])
        for spec in columns()
        for place, name in enumerate(spec.csv)
        for values in [getattr(table, spec.name)]
    }
    parquet.write_table(pa.table(found), path)


def write_npz(path: Path, table: FaceTable) -> None:
    """faces.npz: the embeddings, and the columns that faces.csv rounds or lacks. Not atomic either."""
    arrays = {
        spec.npz: np.array(values, dtype=np.str_) if spec.dtype is str else values
        for spec in columns()
        if spec.npz and (values := getattr(table, spec.name)) is not None
    }
    with open_to_write(path) as handle:
        np.savez(handle, **arrays)


def read_names(path: Path) -> Mapping[str, str] | None:
    """The person of every face as faces.csv has it, "" for unknown; None where there is no such file yet."""
    try:
        return _names(path, state_of(path))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, csv.Error) as error:
        raise StoreError(f"{path}: cannot read the table ({error}); run facepipe again") from error


def read_table(
    layout: Layout, space: EmbeddingSpace = DLIB, threshold: float | None = None, *, sums: bool = True
) -> FaceTable:
    """The table of a finished run; space, threshold: see `FaceTable`; sums: see `read_arrays`.

    Faces that only one of its two files has, because a run was killed between them, are left out: the next run mends
    that. Errors: StoreError if there is no finished run, or its two files do not belong together.
    """
    try:
        arrays = read_arrays(layout.path / TABLE_NPZ, [spec.npz for spec in columns() if spec.npz], sums=sums)
        numbers = [n for spec in columns() if _is_from_csv(spec, arrays) for n in spec.csv if n not in _TEXTS]
        path = layout.path / TABLE_CSV
        cells, arrays = _in_both(_cells(path, state_of(path), (*_TEXTS, *numbers)), arrays)
        return FaceTable(
            **{spec.name: _read(spec, cells, arrays) for spec in columns()}, space=space, threshold=threshold
        )
    except FileNotFoundError as error:
        raise StoreError(f"{layout.path} holds no finished run ({Path(error.filename).name} is missing)") from error
    except (OSError, LookupError, ValueError, TypeError, EOFError, BadZipFile, csv.Error) as error:
        raise StoreError(f"{layout.path}: cannot read the table ({error}); run facepipe again") from error


def _is_from_csv(spec: Column, arrays: Collection[str]) -> bool:
    """Whether a column is read from faces.csv: those that faces.npz lacks, of earlier runs the whole numbers too; and
    the ids of the faces, which stand in both."""
    return not spec.npz or spec.name == "face_id" or (spec.npz not in arrays and np.issubdtype(spec.dtype, np.integer))


@lru_cache(maxsize=1)
def _names(path: Path, state: State) -> Mapping[str, str]:
    """A command asks for them several times."""
    cells = _cells(path, state, _TEXTS)
    return dict(zip(cells["face_id"], cells["person"], strict=True))


@lru_cache(maxsize=1)
def _cells(path: Path, _: State, wanted: tuple[str, ...]) -> Mapping[str, Sequence[str]]:
    """The columns of a CSV file in one state that are `wanted`, which a command asks for several times; a text that
    comes again, unlike an id, is kept once."""
    found: dict[str, list[str]] = {name: [] for name in wanted}
    known: dict[str, str] = {}
    with path.open(encoding="utf-8", newline="") as handle:
        for some in _columns(handle, wanted):
            for (name, cells), texts in zip(found.items(), some, strict=True):
                cells.extend(texts if name == "face_id" else map(known.setdefault, texts, texts))
    return found


def _columns(handle: TextIO, wanted: tuple[str, ...]) -> Iterator[Iterable[Sequence[str]]]:
    """The columns that are `wanted`, of some rows at a time. While no cell is quoted, lines are cut from both ends, so
    that what stands between is not looked at."""
    names = next(filter(None, csv.reader(handle)), [])
    places = [names.index(name) for name in wanted]
    middle = len(names) // 2
    first = max((place + 1 for place in places if place < middle), default=0)
    last = max((len(names) - place for place in places if place >= middle), default=0)
    while block := handle.read(_BLOCK) + handle.readline():
        lines = block.removesuffix("\n").split("\n")
        if '"' in block or "\r" in block or {line.count(",") for line in lines} != {len(names) - 1}:
            break
        starts, ends = [line.split(",", first) for line in lines], [line.rsplit(",", last) for line in lines]
        yield [
            [cells[place] for cells in starts] if place < middle else [cells[place - len(names)] for cells in ends]
            for place in places
        ]
    rows = filter(None, csv.reader(chain(StringIO(block, newline=""), handle)))
    while some := [[row[place] for place in places] for row in islice(rows, _ROWS)]:
        yield zip(*some, strict=True)


def _read(spec: Column, cells: Mapping[str, Sequence[str]], arrays: dict[str, np.ndarray]) -> Any:
    if _is_from_csv(spec, arrays):
        if spec.dtype is str:
            return tuple(cells[spec.csv[0]])
        numbers = [np.array(cells[name], spec.dtype) for name in spec.csv]
        return np.stack(numbers, axis=-1).reshape(len(cells["face_id"]), *spec.shape)
    if spec.npz not in arrays and spec.fill is not None:
        return None
    if spec.dtype is not str:
        return arrays[spec.npz]
    texts: list[str] = arrays.pop(spec.npz).tolist()
    known: dict[str, str] = {}
    return tuple(map(known.setdefault, texts, texts))


def _in_both(
    cells: Mapping[str, Sequence[str]], arrays: dict[str, np.ndarray]
) -> tuple[Mapping[str, Sequence[str]], dict[str, np.ndarray]]:
    """The columns of both files for the faces that both have, in the order of faces.npz; their ids are in `cells`."""
    ids, listed = arrays.pop("face_id").tolist(), cells["face_id"]
    if listed == ids:
        return cells, arrays
    place = {face: row for row, face in enumerate(listed)}
    kept = [row for row, face in enumerate(ids) if face in place]
    if (ids and place and not kept) or len(place) < len(listed):
        raise ValueError("faces.csv and faces.npz list different faces")
    rows = [place[ids[row]] for row in kept]
    return (
        {name: [column[row] for row in rows] for name, column in cells.items()},
        {name: column[kept] for name, column in arrays.items()},
    )
