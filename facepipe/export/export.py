"""A dataset of a run in a folder of its own: chosen faces, split by shot, one format, a card."""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from facepipe.annotated import AnnotatedFrame, AnnotatedFrames, person_names
from facepipe.callbacks import Progress, no_progress
from facepipe.coverage import Coverage, coverage_of
from facepipe.errors import StoreError, UsageError
from facepipe.export.card import CARD, Contents, Origin, card
from facepipe.export.duplicates import measure_leak
from facepipe.export.exporter import Exporter, export
from facepipe.export.folder import ExportFolder
from facepipe.export.formats import EXPORTERS
from facepipe.export.options import ExportOptions
from facepipe.export.originals import Originals
from facepipe.export.selection import Selected, Selection, select
from facepipe.export.split import Split, split_shots
from facepipe.files.atomic import write_text
from facepipe.files.target import Target
from facepipe.grouping import rows_by
from facepipe.options import Options
from facepipe.runs.layout import EXPORT
from facepipe.runs.lock import locked
from facepipe.settings import CORES
from facepipe.space import EmbeddingSpace
from facepipe.table import FaceTable
from facepipe.words import counted

_MOST_DUE = 2 * CORES  # jobs that wait: each holds a decoded frame


@dataclass(frozen=True, slots=True)
class Request:
    """What is exported, and how. kind: the format's name (see EXPORTERS). own: the format's own options."""

    kind: str
    selection: Selection = Selection()
    options: ExportOptions = ExportOptions()
    own: Options = Options()

    def usual(self) -> dict[str, Any]:
        """The same where nobody sets anything."""
        return Request(self.kind, own=type(self.own)()).as_dict() | EXPORTERS.load(self.kind).usual

    def as_dict(self) -> dict[str, Any]:
        """Builtins, as they stand in export.json and the card."""
        parts = (self.options, self.selection, self.own)
        return {"format": self.kind} | {
            name: list(value) if isinstance(value, tuple) else value
            for part in parts
            for name, value in asdict(part).items()
        }


@dataclass(frozen=True, slots=True)
class _Inputs:
    """What a format may ask of a run's inputs; see `export_dataset`."""

    originals: Originals
    sampled: Callable[[], Mapping[str, Collection[int]]]
    videos: Callable[[], Collection[str]] | None


def export_dataset(
    to: Path,
    table: FaceTable,
    frames_dir: Path,
    request: Request,
    origin: Origin,
    progress: Progress = no_progress,
    originals: Originals | None = None,
    sampled: Callable[[], Mapping[str, Collection[int]]] = dict,
    videos: Callable[[], Collection[str]] | None = None,
) -> Contents:
    """Write the export and its card to `to`, which is empty, new, or an earlier export, whose files are replaced.

    frames_dir: holds <frame_id>.jpg. originals: where a format finds the inputs, if it wants them. sampled: gives the
    frames that the run looked at, by source. videos: gives those sources that are videos. The same run and request give
    the same bytes. Errors: UsageError: a name or option that cannot be, or nobody is left to export;
    StoreError: `to` holds something else, or a frame is unreadable; StorageFull: a write failed.
    """
    EXPORTERS.load(request.kind)  # before anything is made
    with locked(to, new=True, marker=EXPORT), EXPORTERS[request.kind].at_work():
        inputs = _Inputs(originals or Originals(), sampled, videos)
        return _export(to, table, frames_dir, request, origin, progress, inputs)


def _export(
    to: Path,
    table: FaceTable,
    frames_dir: Path,
    request: Request,
    origin: Origin,
    progress: Progress,
    inputs: _Inputs,
) -> Contents:
    plugin, folder, originals = EXPORTERS[request.kind], ExportFolder(to), inputs.originals
    selected = _select(table, request, originals)
    split = split_selected(selected, request)
    frames = AnnotatedFrames(selected.table, frames_dir, split.names, selected.chosen)
    sink = partial(_sink, request, person_names(frames), inputs)
    plan = Target(to, dry=True)
    planned, asked = sink(plan), request.as_dict()
    if planned.wants_originals(request.options):
        frames, gone = originals.in_full(frames, planned.without_input)
        planned.notes += gone
    excluded = _excluded(planned, frames)
    frames, unfit = planned.narrowed(frames, table.space)
    if request.options.best_of_track:
        frames = _sharper(frames, planned, folder, originals, table.space, origin, progress)
    contents = _contents(planned, frames, selected, split)
    contents = replace(contents, dropped=contents.dropped | unfit | excluded)
    if not contents.faces:
        why = _reasons(unfit | excluded) or "no face lies in its picture"
        why += "; choose another --unknown" if excluded else ""
        raise UsageError(f"nothing is left to export: {why}")
    text = card(request.kind, plugin.summary, asked, origin, contents, _old_card(folder), usual=request.usual())
    export(planned, frames)
    text = planned.front_matter() + text
    paths = [*plan.paths, CARD]
    shown = sorted(face for frame in frames for face in planned.shown(frame))
    facts = {"facepipe": origin.facepipe, "request": asked, "faces": shown}
    begun = _fingerprint(facts | {"notes": contents.notes}, frames, plan.paths)  # they say which inputs are gone
    have = folder.whole(plan.paths, begun)
    folder.claim(paths, facts | {"begun": begun}, stale=set(plan.paths) - have)
    if have:  # which frames are still to be read
        planned = sink(Target(to, dry=True, have=have))
        export(planned, frames)
    originals.wanted(planned.read)
    with Target(to, links=False, threads=CORES, due=_MOST_DUE, have=have) as target:
        export(sink(target), frames, progress)
        originals.wanted(())
    write_text(to / CARD, text)
    folder.keep_only(paths, facts)
    return contents


def _sink(request: Request, classes: Sequence[str], inputs: _Inputs, target: Target) -> Exporter:
    sink: Exporter = EXPORTERS.load(request.kind)(target, classes, request.options, request.own)
    sink.originals = inputs.originals if sink.wants_originals(request.options) else None
    sink.sampled, sink.videos = inputs.sampled, inputs.videos
    return sink


def _select(table: FaceTable, request: Request, originals: Originals) -> Selected:
    """The faces to export. UsageError: there are none."""
    selected = select(table, request.selection, _shown_wh(table, request, originals))
    known = any(person and chosen for person, chosen in zip(selected.table.person, selected.chosen, strict=True))
    all_unknown = bool(len(table)) and not table.people
    if not known and not (all_unknown and EXPORTERS.load(request.kind).labels_unknown(request.options)):
        nobody = f"the run found {counted(len(table), 'face')}, all unknown" if all_unknown else "the run found nobody"
        raise UsageError(f"nobody is left to export: {_reasons(selected.left_out()) or nobody}")
    return selected


def _shown_wh(table: FaceTable, request: Request, originals: Originals) -> np.ndarray:
    """int (n, 2): the size of the picture in which each face is exported; rows speak of the source's own."""
    exporter = EXPORTERS.load(request.kind)
    if exporter.unit == "row":
        return table.image_wh
    if not exporter.wants_originals(request.options):
        return table.stored_wh
    places = zip(table.source, table.frame_index.tolist(), strict=True)
    in_full = np.fromiter(map(originals.has, places), bool, len(table))
    return np.where(in_full[:, None], table.image_wh, table.stored_wh)


def _excluded(sink: Exporter, frames: Sequence[AnnotatedFrame]) -> Counter[str]:
    """The known faces that are left out with their frames."""
    whole = (frame for frame in frames if sink.excludes(frame))
    count = sum(bool(face.person) and face.chosen for frame in whole for face in frame.faces)
    return Counter({"in a frame with an unknown face": count} if count else {})


def _reasons(dropped: Mapping[str, int]) -> str:
    return ", ".join(f"{counted(count, 'face')} {reason}" for reason, count in dropped.items())


def _sharper(
    frames: Sequence[AnnotatedFrame],
    planned: Exporter,
    folder: ExportFolder,
    originals: Originals,
    space: EmbeddingSpace,
    origin: Origin,
    progress: Progress,
) -> list[AnnotatedFrame]:
    """The frames with the best of every track; `planned` takes a note of what that gave."""
    from facepipe.export.best_of_track import (  # here, because few exports look for faces
        JOURNAL,
        Journal,
        best_of_track,
    )

    exported = sorted(label.face.face_id for frame in frames for label in planned.labels(frame))
    facts = {"facepipe": origin.facepipe, "faces": exported, "begun": folder.begun}
    of = _fingerprint({"faces": exported, "facepipe": origin.facepipe, "models": origin.models}, frames, [])
    folder.claim([JOURNAL], facts)
    journal = Journal(folder.path / JOURNAL, of)

    def fits(frame: AnnotatedFrame) -> bool:
        return bool(planned.labels(frame))

    found, note = best_of_track(frames, exported, fits, originals, space, journal, progress)
    planned.notes.append(note)
    return found


def _fingerprint(facts: dict[str, Any], frames: Sequence[AnnotatedFrame], paths: Sequence[str]) -> str:
    """Hex digits that differ where anything differs of which an export's files are made."""
    digest = hashlib.sha256(repr((facts, paths, frames)).encode())
    for face in (face for frame in frames for face in frame.faces):
        for array in (face.embedding, face.points_xy, face.landmarks_xy):
            digest.update(array.tobytes())
    return digest.hexdigest()


def split_selected(selected: Selected, request: Request) -> Split:
    """The split of every face of the table, dealt by the faces that are exported; the others follow their shot.

    Where whole frames are, these are all that can be taught in a frame with a chosen one: of two copies of a picture,
    each there for another of the people in it, the near-duplicates need not be chosen.
    """
    table, exporter, frames = selected.table, EXPORTERS.load(request.kind), selected.table.frame_codes()
    known = np.array([bool(person) for person in table.person], bool)
    taught = known | exporter.labels_unknown(request.options)
    if exporter.excludes_frames(request.options):
        taught &= ~np.isin(frames, frames[~known])
    exported = selected.chosen & taught
    if exporter.unit == "frame":
        exported = np.isin(frames, frames[exported]) & taught
    rows = np.flatnonzero(exported)
    split = split_shots(table.take(rows), request.options.split)
    split_of = dict(zip(table.shot[rows].tolist(), split.names, strict=True))
    return Split(tuple(split_of.get(shot, "train") for shot in table.shot.tolist()), split.notes)


def _contents(sink: Exporter, frames: Sequence[AnnotatedFrame], selected: Selected, split: Split) -> Contents:
    faces, units, exported = Counter(), Counter(), {}
    for frame in frames:
        labels = sink.labels(frame)
        faces.update((label.name, frame.split) for label in labels)
        units[frame.split] += sink.units(frame)
        exported |= {label.face.face_id: label.name for label in labels}
    names = zip(selected.table.face_id, selected.table.person, strict=True)
    leak = measure_leak(
        selected.table.named({face: name if face in exported else "" for face, name in names}), split.names
    )
    renamed = (f"{name} is called {new}" for name, new in sink.written_as.items() if new != name)
    notes = (
        *split.notes,
        *sink.notes,
        *(f"{line}, so that a system that ignores case keeps them apart" for line in renamed),
    )
    seen = _seen(selected.table, exported)
    return Contents(sink.unit, faces, units, leak if leak.faces else None, selected.left_out(exported), notes, seen)


def _seen(table: FaceTable, written_as: Mapping[str, str]) -> dict[str, Coverage]:
    """How everybody is seen in the exported faces, whose ids have the names of their classes; not so the unknown."""
    rows = rows_by(
        written_as.get(face, "") if person else "" for face, person in zip(table.face_id, table.person, strict=True)
    )
    return {name: coverage_of(table, places) for name, places in rows.items() if name}


def _old_card(folder: ExportFolder) -> str:
    """The card of the earlier export, "" if there is none."""
    path = folder.path / CARD
    try:
        return path.read_text(encoding="utf-8") if CARD in folder.files else ""
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"cannot read {path} ({error}): move it away, then export again") from error
