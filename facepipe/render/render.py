"""Writing each input of a run with what was found in it drawn in: videos as MP4, photos as JPEG.

What is written shows people: the run notes where it goes, and a folder's export.json whose faces are seen in it, so
that whoever is forgotten later is looked for there.
"""

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path, PurePosixPath

import numpy as np

from facepipe.callbacks import Progress, Warn, no_progress, no_warning
from facepipe.errors import InputError, UsageError
from facepipe.export.folder import check_outside, replacing
from facepipe.face_paths import FacePath, Seen, Sighting, paths_of
from facepipe.files.atomic import atomic_path
from facepipe.files.names import natural_key, printable, safe_name, with_digest
from facepipe.files.real import real
from facepipe.files.removal import folded
from facepipe.files.target import Target
from facepipe.geometry import Box
from facepipe.grouping import rows_by
from facepipe.imaging.canvas import on_rgb, on_yuv
from facepipe.imaging.codec import encode_jpeg
from facepipe.imaging.drawing import Colour
from facepipe.media.decode import decode_all
from facepipe.media.readers import reader_of_suffix, sample
from facepipe.media.replaced import why_not
from facepipe.media.scenes import ShotsOfFrames, find_shots
from facepipe.media.sound import Sound
from facepipe.media.timeline import read_timeline
from facepipe.media.video_writer import VideoWriter
from facepipe.media.yuv import BT709, TAGS, planes
from facepipe.people.named import person_named
from facepipe.records import Source
from facepipe.render.look import TRAIL_S, Look, Shown
from facepipe.render.options import RenderOptions
from facepipe.runs.elsewhere import note_export
from facepipe.runs.folder import RunFolder
from facepipe.runs.state import RENDERED
from facepipe.settings import CORES
from facepipe.table import FaceTable
from facepipe.timespans import sample_step
from facepipe.version import __version__

VIDEO, PHOTO = ".mp4", ".jpg"
_CHANGED = "has changed since the run: run facepipe on it again"


@dataclass(frozen=True, slots=True)
class Rendered:
    """What was written. without_faces: photos that were left out, since nobody was found in them."""

    videos: int
    photos: int
    without_faces: int


def render_run(
    folder: RunFolder,
    to: Path,
    people: Sequence[str] = (),
    options: RenderOptions | None = None,
    progress: Progress = no_progress,
    warn: Warn = no_warning,
) -> Rendered:
    """Write the inputs of a run whose people/ is read back to `to`: a folder, or an .mp4 or .jpg file for the only one.

    people: who is shown by name, as somebody types them; everybody else counts as unknown then (empty: nobody does).
    Videos keep their times and sound; photos without a face are left out. `warn` is told of inputs that are gone, have
    changed since the run, or cannot be read to their end, which are left out. Errors: UsageError: a name or place that
    cannot be; InputError: no input is left; StoreError: `to` holds something else; StorageFull: a write failed. A stop
    leaves whole files only.
    """
    check_outside(folder.path, to)
    table = folder.table()
    names = {person_named(name, table.people) for name in people}
    colours = _colours_of(table)
    if names:
        table = table.with_(person=tuple(person if person in names else "" for person in table.person))
    job = _Job(folder, table, colours, options or RenderOptions(), progress, warn, cache(folder.sampled_frames))
    sources = job.usable()
    if to.suffix.lower() in (VIDEO, PHOTO):
        return job.to_file(to, sources)
    if reader_of_suffix(to, ("video", "photo")):
        what = f"videos are written as {VIDEO}, photos as {PHOTO}"
        raise UsageError(f"--to {to}: {what}; name a file that ends so, or a folder")
    return job.to_folder(to, sources)


def _colours_of(table: FaceTable) -> dict[str, Colour]:
    """Everybody's colour, that of the run's plots."""
    from facepipe.pictures.plots import style  # here, because matplotlib takes a while

    people = sorted(table.people, key=natural_key)
    colours = zip([*people, ""], [*style.person_colours(len(people)), style.UNKNOWN_COLOUR], strict=True)
    return {person: tuple(bytes.fromhex(colour[1:])) for person, colour in colours}


@dataclass(slots=True, eq=False)
class _Job:
    folder: RunFolder
    table: FaceTable
    colours: dict[str, Colour]
    options: RenderOptions
    progress: Progress
    warn: Warn
    sampled: Callable[[], Mapping[str, Collection[int]]]  # the frames that the run looked at, by source
    done: int = 0
    total: int | None = 0

    def usable(self) -> list[Source]:
        """The inputs that are as they were. InputError, for the last of them: none is."""
        found, refused = [], []
        for entry in self.folder.state.inputs:
            source = entry.source()
            if why := why_not(self.folder, entry, _CHANGED):
                refused.append(why)
            elif source.is_video and source.reader != "video":
                refused.append(f"{printable(source.path)} is read by {source.reader}, which does not say its times")
            elif why := _unreadable(source):
                refused.append(why)
            else:
                found.append(source)
        if not found:
            raise InputError(refused[-1])
        for line in refused:
            self.warn(line)
        return found

    def to_file(self, to: Path, sources: list[Source]) -> Rendered:
        video = to.suffix.lower() == VIDEO
        if len(self.folder.state.inputs) > 1 or sources[0].is_video != video:
            what = f"a file is for a run of one video ({VIDEO}) or photo ({PHOTO})"
            raise UsageError(f"--to {to}: {what}; name a folder")
        noted = {entry.path for entry in self.folder.state.exports if entry.format == RENDERED}
        if os.path.lexists(to) and (str(real(to)) not in noted or to.is_dir()):
            raise UsageError(f"--to {to} is there already, and not from this run: name another file")
        note_export(self.folder, to, RENDERED)
        self._count(sources)
        write = self._video if video else self._photo
        with atomic_path(to) as temporary:
            write(sources[0], self._rows().get(sources[0].name, np.zeros(0, np.int64)), temporary)
        return Rendered(int(video), int(not video), 0)

    def to_folder(self, to: Path, sources: list[Source]) -> Rendered:
        rows = self._rows()
        wanted = [source for source in sources if source.is_video or source.name in rows]
        names = _output_names(wanted)
        faces = sorted(self.table.face_id[row] for source in wanted for row in rows.get(source.name, ())
                       if self.table.person[row] or not self.options.blur_others)  # fmt: skip
        request = {"format": RENDERED, **self.options.as_dict()}
        facts = {"facepipe": __version__, "request": request, "faces": faces}
        outputs = list(names.values())
        with replacing(self.folder, to, outputs, facts):
            self._count(wanted)
            target = Target(to)
            written = []
            for source in wanted:
                write = self._video if source.is_video else self._photo
                own = rows.get(source.name, np.zeros(0, np.int64))
                try:
                    target.file(names[source.name], partial(write, source, own))
                except InputError as error:
                    if source is wanted[-1] and not written:
                        raise
                    outputs.remove(names[source.name])  # what an earlier call wrote of it goes
                    self.warn(f"{error}; it was left out")
                else:
                    written.append(source)
        videos = sum(source.is_video for source in written)
        return Rendered(videos, len(written) - videos, len(sources) - len(wanted))

    def _rows(self) -> dict[str, np.ndarray]:
        return rows_by(self.table.source)

    def _count(self, sources: Sequence[Source]) -> None:
        """How many frames will be gone through: those of videos twice, once to find their cuts."""
        for source in sources:
            timeline = read_timeline(source.path) if source.is_video else None
            known = timeline is None or timeline.is_mapped
            frames = 1 if timeline is None else 2 * len(timeline.frame_packet)
            self.total = self.total + frames if self.total is not None and known else None

    def _step(self) -> None:
        self.done += 1
        self.progress(self.done, self.total)

    def _photo(self, source: Source, rows: np.ndarray, path: Path) -> None:
        frame = next(iter(sample(source, self.folder.settings.sampling, warn=self.warn)))
        image = frame.picture.rgb().copy()
        nowhere = np.zeros((0, 2))
        faces = [Shown(self.table.person[row], tuple(self.table.box_ltrb[row].tolist()), nowhere) for row in rows]
        Look(self.colours, self.options).draw(on_rgb(image), faces)
        path.write_bytes(encode_jpeg(image))
        self._step()

    def _video(self, source: Source, rows: np.ndarray, path: Path) -> None:
        timeline, look = read_timeline(source.path), Look(self.colours, self.options)
        shots = find_shots(
            source.path, self.folder.settings.sampling.shots, CORES, progress=lambda done, total: self._step()
        )
        seen = self._seen(rows, shots, self.sampled().get(source.name, ()))
        faults: list[str] = []
        with VideoWriter(path, timeline.time_base, timeline.rate, Sound(source.path, timeline)) as clip:
            for frame in decode_all(source.path, CORES, faults.append):
                picture = frame.picture.yuv420p()
                canvas = on_yuv(planes(picture), picture.colorspace == TAGS[BT709])
                place = int(np.searchsorted(shots.index, frame.index))
                if place < len(shots.index):
                    look.draw(canvas, [face for faces in seen for face in _shown(faces.at(place), shots, place)])
                clip.write(picture, frame.ticks)
                self._step()
        for line in faults:
            self.warn(f"{source.name}: {line}; what could be read is used")

    def _seen(self, rows: np.ndarray, shots: ShotsOfFrames, looked_at: Collection[int]) -> list[Seen]:
        """Those who are drawn for half the time between two samples around the ends of their tracks, and those who are
        blurred for all of it: rather a spot that is blurred in vain than a face that can be seen."""
        table, interval_s = self.table, self.folder.settings.sampling.interval
        step_s = max(interval_s, sample_step(table.frame_index[rows], table.time_s[rows], looked_at))
        blurred: list[FacePath] = []
        drawn: list[FacePath] = []
        for path in paths_of(map(self._sighting, rows.tolist()), shots):
            (blurred if self.options.blur_others and not path.person else drawn).append(path)
        return [Seen(blurred, shots, step_s), Seen(drawn, shots, step_s / 2)]

    def _sighting(self, row: int) -> Sighting:
        table = self.table
        box: Box = tuple(table.box_ltrb[row].tolist())
        index, time_s, track = int(table.frame_index[row]), float(table.time_s[row]), int(table.track[row])
        return Sighting(table.face_id[row], index, time_s, box, track, table.person[row])


def _unreadable(source: Source) -> str:
    """Why a video cannot be decoded, "" where it can."""
    try:
        if source.is_video:
            read_timeline(source.path)
    except InputError as error:
        return str(error)
    return ""


def _shown(seen: Sequence[tuple[FacePath, np.ndarray]], shots: ShotsOfFrames, place: int) -> Iterator[Shown]:
    earliest = np.searchsorted(shots.time_s, shots.time_s[place] - TRAIL_S)
    one_shot = np.searchsorted(shots.shot, shots.shot[place])
    most = place + 1 - max(int(earliest), int(one_shot))
    for path, boxes in seen:
        way = boxes[-most:]
        gaps = np.flatnonzero(np.isnan(way[:, 0]))
        way = way[gaps[-1] + 1 if len(gaps) else 0 :]
        box: Box = tuple(np.rint(boxes[-1]).astype(int).tolist())
        yield Shown(path.person, box, np.stack([(way[:, 0] + way[:, 2]) / 2, way[:, 3]], 1))


def _output_names(sources: Sequence[Source]) -> dict[str, str]:
    """Where inputs go in a folder, by their names, each in a place of its own on a file system that ignores case: of
    a.mov and a.mov.mp4 the latter keeps its name, else the first in natural order."""
    wanted = {source.name: _output_name(source) for source in sources}
    taken = {folded(str(folder)) for name in wanted.values() for folder in PurePosixPath(name).parents}
    names: dict[str, str] = {}
    for source in sorted(wanted, key=lambda source: (wanted[source] != source, natural_key(source))):
        place = PurePosixPath(wanted[source])
        apart = place.with_name(with_digest(place.stem, source) + place.suffix)
        names[source] = str(apart if folded(str(place)) in taken else place)
        taken.add(folded(names[source]))
    return {source.name: names[source.name] for source in sources}


def _output_name(source: Source) -> str:
    """Where an input goes in a folder: as it was called, with its folders; a.mov becomes a.mov.mp4, beside a.mp4."""
    suffix = VIDEO if source.is_video else PHOTO
    *folders, name = PurePosixPath(source.name).parts
    if name.lower().endswith(suffix):
        name, suffix = name[: -len(suffix)], name[-len(suffix) :]
    return str(PurePosixPath(*map(safe_name, folders), safe_name(name) + suffix))
