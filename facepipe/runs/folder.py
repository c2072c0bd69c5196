"""An opened run: its folder, its state, and the files that it owns.

What a run wrote is known by name (shards and frames of its sources) or listed in files.log; only that is ever removed.
"""

import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote

from facepipe.errors import StoreError
from facepipe.files.atomic import atomic_path, has_content
from facepipe.files.hashing import hash_of, sha256_of
from facepipe.files.ledger import Ledger
from facepipe.files.listing import entries_of, files_below, is_filled
from facepipe.files.names import relative_url
from facepipe.files.paths import Paths, folder_and_name
from facepipe.files.removal import folded, is_one_file, remove
from facepipe.records import Failure, FrameRef, Source, frame_of, source_of
from facepipe.runs import table
from facepipe.runs.crops_ahead import CropsAhead
from facepipe.runs.input_entry import InputEntry
from facepipe.runs.layout import FRAMES, PEOPLE, SHARDS, TABLE_CSV, TABLE_NPZ, TABLES, Layout, face_and_cut
from facepipe.runs.shards import ShardFolder
from facepipe.runs.state import RunState, Status
from facepipe.runs.state_file import Listed, write_state
from facepipe.settings import AUTO, Settings
from facepipe.table import FaceTable
from facepipe.words import quoted

_WRITERS = {TABLE_CSV: table.write_csv, TABLE_NPZ: table.write_npz}
PICTURE_NAME = re.compile(r"(?P<source>.+)-\d{7,}\.jpg")  # <frame id>.jpg


@dataclass(slots=True)
class RunFolder:
    """An opened output folder; `state` is what its run.json holds, `files` what the run wrote or is about to write."""

    path: Path
    state: RunState
    files: Ledger
    _sources: tuple[tuple[InputEntry, ...], list[Source]] = field(default=((), []), repr=False)
    _places: dict[str, str] = field(default_factory=dict, repr=False)
    _shards: ShardFolder | None = field(default=None, repr=False)
    _listed: Listed | None = field(default=None, repr=False)

    @property
    def layout(self) -> Layout:
        return Layout(self.path)

    @property
    def settings(self) -> Settings:
        return self.state.settings

    def shards(self, way: str = AUTO) -> ShardFolder:
        """The shards of the frames; way: how those are stored that are written from now on."""
        if (self._shards is None) or (self._shards.digest, self._shards.way) != (self.state.shard_digest, way):
            self._shards = ShardFolder(self.layout.shards, self.state.shard_digest, way)
        return self._shards

    def sources(self, names: Collection[str] | None = None, ids: Collection[str] | None = None) -> list[Source]:
        """The inputs, or those of some names or ids, in the order in which they were given."""
        if names is not None:
            return [entry.source() for entry in self.state.inputs if entry.name in names]
        if ids is not None:
            return [entry.source() for entry in self.state.inputs if entry.source_id in ids]
        if self._sources[0] is not self.state.inputs:
            self._sources = self.state.inputs, [entry.source() for entry in self.state.inputs]
        return list(self._sources[1])

    def address_of(self, entry: InputEntry) -> str:
        """Where an input lies, as a URL relative to the run's folder, so that both can be moved together."""
        folder, name = os.path.split(entry.path)
        if folder not in self._places:
            self._places[folder] = relative_url(Path(folder), self.path)
        return f"{self._places[folder]}/{quote(os.fsencode(name))}"

    def table(self) -> FaceTable:
        """Every face with its person. StoreError: the run is not finished, or its table is not as it was written."""
        for name in self.changed_tables():
            raise StoreError(f"{self.path / name} is not as it was written: run facepipe sync {quoted(self.path)}")
        hashed = TABLE_NPZ in self.state.tables
        return table.read_table(self.layout, self.state.space, self.state.threshold, sums=not hashed)

    def write_tables(
        self, faces: FaceTable, names: Sequence[str] = TABLES, renamed: Collection[str] | None = None
    ) -> None:
        """Write faces.csv and faces.npz, or one of them. run.json knows of the new content before it is there.

        renamed: the faces that have another person than in the faces.csv that is there, or are left out, where nothing
        else differs.
        """
        new: dict[str, str] = {}
        writers = dict(_WRITERS)
        if renamed is not None and TABLE_CSV in self.state.tables and not self.changed_tables([TABLE_CSV]):
            before = self.path / TABLE_CSV
            writers[TABLE_CSV] = partial(table.write_csv, before=before, renamed=renamed)
        with ExitStack() as both:  # the last to be entered, the embeddings, is the first to be replaced
            for name in names:
                temporary = both.enter_context(atomic_path(self.path / name, durable=True))
                writers[name](temporary, faces)
                new[name] = sha256_of(temporary)
            old = {name: self.state.tables.get(name) or (self._hash(name),) for name in names}
            both_may_stand = {name: tuple(dict.fromkeys((*old[name], new[name]))) for name in names}
            self.update(tables=self.state.tables | both_may_stand)
        self.state.tables = self.state.tables | {name: (new[name],) for name in names}

    def changed_tables(self, names: Sequence[str] = TABLES) -> list[str]:
        """Those of faces.csv and faces.npz that somebody else has changed or removed.

        One that was read is not read again while its state says that nobody wrote to it: they may be gigabytes.
        """
        tables = self.state.tables
        return [name for name in names if name in tables and self._hash(name) not in tables[name]]

    def _hash(self, name: str) -> str:
        sha256, stamp = hash_of(self.path / name, self.state.stamps.get(name))
        if stamp is not None:
            self.state.stamps = self.state.stamps | {name: stamp}
        return sha256

    def stored_faces(self, ref: FrameRef) -> int | None:
        """How many faces a frame has that is done: its shard is whole, and so is its picture where it has faces."""
        faces = self.shards().count_faces(ref)
        return None if faces and not has_content(self.layout.frame_picture(ref.frame_id)) else faces

    def stage_files(self) -> Counter[str]:
        """How many shards and frame pictures each source has, by its id."""
        found = Counter([source_id for source_id, entry in self._pictures() if is_filled(entry)])
        found.update(map(source_of, self.shards().ids()))
        return found

    def drop_crops_ahead(self) -> None:
        """Remove what was cut ahead and is not wanted any more. StoreError: a file cannot be removed."""
        CropsAhead(self.layout.crops).drop({entry.source_id for entry in self.state.inputs})

    def drop_stage_files(self, source_ids: Collection[str]) -> None:
        """Remove the shards, frame pictures and waiting crops of some sources. StoreError: a file cannot be removed."""
        self.shards().drop(source_ids)
        CropsAhead(self.layout.crops).drop(source_ids)
        remove(
            self.path, [f"{FRAMES}/{entry.name}" for source_id, entry in self._pictures() if source_id in source_ids]
        )

    def _pictures(self) -> Iterator[tuple[str, os.DirEntry[str]]]:
        """The frame pictures that are there, empty ones too, each with the id of its source."""
        with entries_of(self.layout.frames) as entries:
            for entry in entries:
                match = PICTURE_NAME.fullmatch(entry.name)
                if match is not None:
                    yield match["source"], entry

    def stage_file_count(self) -> int:
        """How many shards and frame pictures its sources have."""
        found = self.stage_files()
        return sum(found[entry.source_id] for entry in self.state.inputs)

    def sampled_frames(self) -> dict[str, set[int]]:
        """The frames that were looked at, those without a face too, by source name."""
        names = {source.source_id: source.name for source in self.sources()}
        sampled: dict[str, set[int]] = {}
        for source_id, index in self.shards().indices():
            if source_id in names:
                sampled.setdefault(names[source_id], set()).add(index)
        return sampled

    def videos(self) -> frozenset[str]:
        """The names of the sources that are videos."""
        return frozenset(source.name for source in self.sources() if source.is_video)

    def vanished(self) -> dict[str, int]:
        """How many shards and frame pictures have gone since their source was looked at to its end, by its name."""
        found, done = self.stage_files(), self.state.done
        lost = {source_id: count - found[source_id] for source_id, count in done.items() if count > found[source_id]}
        return {entry.name: lost[entry.source_id] for entry in self.state.inputs if entry.source_id in lost}

    def unfinished_sources(self) -> list[Source]:
        """The sources that have to be looked at: never to their end, with failures, or since robbed of files."""
        found, done = self.stage_files(), self.state.done
        return [source for source in self.sources() if done.get(source.source_id) != found[source.source_id]]

    def mark_ended(self, sources: Iterable[Source], stored: Mapping[str, int]) -> dict[str, int]:
        """Note of each source that it was looked at to its end, unless something of it failed.

        stored: by source id, how many stage files it must have. A source that has fewer is not at its end; returned is
        how many each of these lacks, by its name.
        """
        failed = {failure.item_id for failure in self.state.failures}
        failed |= set(map(source_of, failed))  # a frame's source
        found, done, lacking = self.stage_files(), dict(self.state.done), {}
        for source in sources:
            done.pop(source.source_id, None)
            lost = stored.get(source.source_id, 0) - found[source.source_id]
            if lost > 0:
                lacking[source.name] = lost
            elif source.name not in failed and source.source_id not in failed:
                done[source.source_id] = found[source.source_id]
        self.update(done=done)
        return lacking

    def is_finished(self) -> bool:
        """Whether a run on these inputs has nothing left to do."""
        ended = self.state.status is Status.FINISHED and not self.state.failures
        return ended and not self.unfinished_sources() and self.is_assembled()

    def is_assembled(self) -> bool:
        """Whether people, tables and pictures have been made of exactly the frames that are there, and all exist."""
        if self.state.assembled != self.stage_file_count() or self.changed_tables():
            return False
        missing = set(self.files) - set(files_below(self.path, (FRAMES, SHARDS)))
        # File systems that compare names in their own way list them in their own way too.
        return all((self.path / name).is_file() for name in missing)

    def begin_writing(self) -> None:
        """From here on, until `update(assembled=...)`, a file that is missing says nothing."""
        if self.state.assembled is not None:
            self.update(assembled=None)

    def update(self, **changes: Any) -> None:
        """Change entries of the state and write run.json."""
        for name, value in changes.items():
            setattr(self.state, name, value)
        if not self.files.is_stored:
            self.files.compact()  # before the run.json goes that lists them
        self._listed = write_state(self.layout, self.state, self._listed)

    def record(
        self,
        *,
        failures: Iterable[Failure] = (),
        seconds: dict[str, float] | None = None,
        counts: dict[str, int] | None = None,
    ) -> None:
        """Add failures, seconds by stage, and counts; write run.json."""
        self.update(
            failures=(*self.state.failures, *failures),
            seconds={**self.state.seconds, **(seconds or {})},
            counts=replace(self.state.counts, **(counts or {})),
        )

    def claim(self, names: Iterable[str]) -> None:
        """List paths (relative, posix) that are about to be written, so that the run is known to own them.

        StoreError, with nothing listed: one of them is there and is not the run's. A picture of a face of this run
        in people/ is the run's, wherever somebody has moved it.
        """
        names = set(names)
        for name in chain(self._foreign(names - self.files.keys()), self._no_folders(names)):
            raise StoreError(f"{self.path / name} is not of this run, which writes there: move it away, then run again")
        self.files.claim(names)

    def _foreign(self, names: Collection[str]) -> Iterator[str]:
        ids = {entry.source_id for entry in self.state.inputs} if names else set()
        owned: dict[str, str] = {}
        for name in sorted(names):
            folder, _, last = name.rpartition("/")
            face, _ = face_and_cut(last) if folder.startswith(PEOPLE) else ("", "")
            if source_of(frame_of(face)) in ids or not os.path.lexists(self.path / name):
                continue
            owned = owned or {folded(mine): mine for mine in self._beside(names)}
            if not is_one_file(self.path, name, owned.get(folded(name))):
                yield name

    def _no_folders(self, names: Iterable[str]) -> Iterator[str]:
        """What lies where the folders of `names` must go, and is a file."""
        folders = {folder_and_name(name)[0] for name in names}
        return (folder for folder in sorted(folders) if (self.path / folder).is_file())

    def release(self, names: Iterable[str]) -> None:
        """Remove files that this run wrote and does not want any more; folders go when they are empty.

        Where a file system takes two names for one (anna/ and Anna/), a file stays while one of them is wanted.
        """
        gone = {name for name in names if name in self.files}
        wanted = {folded(name): name for name in self._beside(gone) if name not in gone}
        remove(self.path, {name for name in gone if not is_one_file(self.path, name, wanted.get(folded(name)))})
        self.files.drop(gone)

    def _beside(self, names: Iterable[str]) -> Iterable[str]:
        """The run's files in the folders of `names`, however these are written."""
        folders = {folded(folder_and_name(name)[0]) for name in names}
        return Paths({folder: files for folder, files in self.files.folders.items() if folded(folder) in folders})
