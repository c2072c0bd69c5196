"""faces.csv and faces.npz made again, where they are not as the run wrote them."""

import csv
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path

from facepipe.callbacks import Warn
from facepipe.errors import HostileFileError, Incomplete, StorageFull, StoreError
from facepipe.people.forgotten import forgotten_faces
from facepipe.people.written import names_written
from facepipe.results.collate import collate_run
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import TABLE_CSV
from facepipe.table import FaceTable
from facepipe.words import counted

EDITED = "faces-edited"  # .csv: what somebody wrote into faces.csv, kept beside it


def mend_tables(folder: RunFolder, warn: Warn) -> bool:
    """Make what is missing, short, damaged or edited again from the shards and the names that are known.

    Nothing else is written or removed. A faces.csv that somebody has edited is kept under another name, and `warn` is
    told of it. Returns whether there was anything to mend. Errors: Incomplete: shards that are needed have vanished,
    or are damaged: the next run makes them again.
    """
    changed = folder.changed_tables()
    if not changed:
        return False
    names = names_written(folder) or {}
    for path in (folder.path / name for name in changed):
        if path.name == TABLE_CSV and path.is_file() and path.stat().st_size:
            _set_aside(path, names, warn)
        else:
            warn(f"{path} was {'damaged' if path.exists() else 'missing'}: it is made again")
    folder.write_tables(_table(folder, names, reclustered=TABLE_CSV in changed))
    folder.update()
    return True


def _table(folder: RunFolder, names: Mapping[str, str], *, reclustered: bool) -> FaceTable:
    """The faces of the shards that have names, "" included, with these. Tracks and clusters come from faces.csv, or
    where that cannot be believed from the same clustering again."""
    if lost := folder.vanished():
        what = f"{folder.path} has lost part of its table, and frames of {_listed(lost)}"
        raise Incomplete(f"{what}: run facepipe on its inputs again")
    try:
        forgotten = forgotten_faces(folder)
        whole = collate_run(folder, forgotten)
    except (HostileFileError, StorageFull):
        raise
    except StoreError as error:
        raise Incomplete(str(error)) from error
    if lacking := names.keys() - set(whole.face_id) - forgotten:
        lost = counted(len(lacking), "face")
        raise Incomplete(f"{folder.path} has lost its table and {lost}: run facepipe on its inputs again")
    table = whole.take([row for row, face in enumerate(whole.face_id) if face in names])
    folder.record(counts={"faces": len(table)})
    if reclustered:
        found = folder.settings.clustering.cluster.cluster(table)
        table = table.with_(track=found.track, cluster=found.labels, threshold=found.threshold)
    else:
        with (folder.path / TABLE_CSV).open(encoding="utf-8", newline="") as handle:
            rows = {row["face_id"]: row for row in csv.DictReader(handle)}
        columns = {name: [int(rows[face][name]) for face in table.face_id] for name in ("track", "cluster")}
        table = table.with_(threshold=folder.state.threshold, **columns)
    return table.named(names)


def _listed(lost: Mapping[str, int]) -> str:
    name, *more = lost
    return f"{name} and {counted(len(more), 'other input')}" if more else name


def _set_aside(path: Path, names: Mapping[str, str], warn: Warn) -> None:
    """Keep a faces.csv into which somebody may have written, and say so."""
    copy = next(place for place in _places(path) if not place.exists())
    edits = _edits(path, names)
    try:
        path.rename(copy)
    except OSError as error:
        raise StorageFull(f"cannot rename {path}: {error.strerror}") from error
    kept = f"what stood there is kept as {copy.name}"
    if edits:
        face, person = next(iter(edits.items()))
        example = f"{face} from {names[face] or 'unknown'} to {person or 'unknown'}"
        what = f"{path} was edited by hand: another person for {counted(len(edits), 'face')}, such as {example}"
        warn(f"{what}; only people/ is read back, so rename or move there; the table is made again, {kept}")
    else:
        warn(f"{path} was not as facepipe wrote it: it is made again, {kept}")


def _places(path: Path) -> Iterator[Path]:
    yield path.with_name(f"{EDITED}{path.suffix}")
    yield from (path.with_name(f"{EDITED}-{number}{path.suffix}") for number in count(2))


def _edits(path: Path, names: Mapping[str, str]) -> dict[str, str]:
    """The faces that have another person in an edited table, as far as it can be read."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            rows = {row["face_id"]: row["person"] or "" for row in csv.DictReader(handle)}
    except (OSError, ValueError, KeyError, csv.Error):
        return {}
    return {face: person for face, person in rows.items() if names.get(face, person) != person}
