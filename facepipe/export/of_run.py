"""An export of a run: its own people, noted in the run before it is there."""

from dataclasses import replace
from pathlib import Path

from facepipe.callbacks import Progress, no_progress
from facepipe.export.card import Contents, Origin
from facepipe.export.export import Request, export_dataset
from facepipe.export.folder import check_outside
from facepipe.people.named import person_named
from facepipe.runs.elsewhere import note_export
from facepipe.runs.folder import RunFolder
from facepipe.version import __version__


def export_run(folder: RunFolder, to: Path, request: Request, progress: Progress = no_progress) -> Contents:
    """Write an export of a run whose people/ is read back to `to`; see `export_dataset`.

    The people of the request are found as somebody types them. UsageError: also where `to` lies inside the run.
    """
    check_outside(folder.path, to)
    table = folder.table()
    names = tuple(person_named(name, table.people) for name in request.selection.people)
    request = replace(request, selection=replace(request.selection, people=names))
    note_export(folder, to, request.kind)
    return export_dataset(to, table, folder.layout.frames, request, _origin_of(folder), progress)


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


def summary(contents: Contents, to: Path) -> list[str]:
    """What an export holds, a line each."""
    lines = [str(contents), *(f"left out: {line}" for line in contents.left_out())]
    lines += [f"note: {note}" for note in contents.notes]
    return [*lines, f"dataset  {to}   card {to / 'README.md'} (consent and licence are yours to fill in)"]
