"""An export of a run: its own people, noted in the run before it is there."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facepipe.callbacks import Progress, no_progress
from facepipe.errors import UsageError
from facepipe.export.card import CARD, Contents, Origin
from facepipe.export.export import Request, export_dataset
from facepipe.export.folder import check_outside
from facepipe.export.formats import EXPORTERS
from facepipe.export.options import ExportOptions
from facepipe.export.originals import Originals
from facepipe.export.selection import Selection
from facepipe.files.address import Address
from facepipe.media.replaced import why_not
from facepipe.options import Options, flag
from facepipe.people.forgotten import forgotten_faces, frames_of
from facepipe.people.named import person_named
from facepipe.runs.elsewhere import note_export
from facepipe.runs.folder import RunFolder
from facepipe.version import __version__

if TYPE_CHECKING:
    from facepipe.faces.analyser import FaceAnalyser


def request_for(kind: str, given: Mapping[str, Any], people: Sequence[str] = ()) -> Request:
    """What is asked for by a format's name and options of any kind by theirs; the others are as is usual for it.

    UsageError for a value that cannot be, or an option that means nothing to the format.
    """
    exporter = EXPORTERS.load(kind)
    left = {**exporter.usual, **given}

    def taken(options: type[Options]) -> Any:
        return options(**{spec.name: left.pop(spec.name) for spec in fields(options) if spec.name in left})

    selection = replace(taken(Selection), people=tuple(people))
    request = Request(kind, selection, taken(ExportOptions), taken(exporter.Own))
    if left:
        raise UsageError(f"{flag(next(iter(left)))} means nothing to --format {kind}: leave it out")
    return request


def export_run(
    folder: RunFolder,
    to: Path,
    request: Request,
    progress: Progress = no_progress,
    models_dir: Path | None = None,
    *,
    noted: Address | None = None,
) -> Contents:
    """Write an export of a run whose people/ is read back to `to`; see `export_dataset`.

    The people of the request are found as somebody types them. models_dir: where models are looked for first. noted:
    where the export will be brought, if it does not stay in `to`.
    UsageError: also where `to` lies inside the run.
    """
    check_outside(folder.path, to)
    table = folder.table()
    names = tuple(person_named(name, table.people) for name in request.selection.people)
    request = replace(request, selection=replace(request.selection, people=names))
    note_export(folder, noted or to, request.kind)
    origin, originals = _origin_of(folder), _originals_of(folder, models_dir)
    sampled = cache(folder.sampled_frames)  # few formats ask
    frames = folder.layout.frames
    return export_dataset(to, table, frames, request, origin, progress, originals, sampled, folder.videos)


def _origin_of(folder: RunFolder) -> Origin:
    """What the card says of the run."""
    return Origin(
        facepipe=__version__,
        sources=tuple(source.name for source in folder.sources()),
        detector=folder.state.detector,
        encoder=folder.settings.encoding.encoder.name,
        models=folder.state.models,
        settings=folder.settings.as_dict(),
        measured=folder.settings.encoding.encoder.measured,
    )


def _originals_of(folder: RunFolder, models_dir: Path | None) -> Originals:
    """The inputs of the run that are still there, as they were read."""
    there = [entry.source() for entry in folder.state.inputs if not why_not(folder, entry)]
    settings = folder.settings

    def analyser() -> "FaceAnalyser":
        from facepipe.faces.analyser import FaceAnalyser  # here, because few exports need networks

        return FaceAnalyser(settings.detection, settings.encoding, models_dir)

    erased: dict[str, set[int]] = defaultdict(set)
    for ref in frames_of(folder, forgotten_faces(folder)):
        erased[ref.source.name].add(ref.index)
    return Originals(there, settings.sampling, analyser, erased)


def summary(contents: Contents, to: Path | Address) -> list[str]:
    """What an export holds, a line each."""
    lines = [str(contents), *(f"left out: {line}" for line in contents.left_out())]
    lines += [f"note: {note}" for note in contents.notes]
    card = to / CARD if isinstance(to, Path) else f"{to.as_folder}{CARD}"
    return [*lines, f"dataset  {to}   card {card} (consent and licence are yours to fill in)"]
