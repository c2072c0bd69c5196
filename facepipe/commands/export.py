"""Export a run as a dataset to train on: chosen faces, split by shot so that near-duplicates do not leak, one format.

Examples:
    facepipe export clip_dataset --format yolo --to clip_yolo
    facepipe export clip_dataset --format imagefolder --to faces --boxes head --dedupe --min-quality 0.4

The folder must be new, empty, or an earlier export, whose files are replaced. Its README.md is a card that says what
the dataset is; the lines on consent and licence are yours to fill in, and are kept when you export again.
"""

import argparse
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from facepipe.commands.command import Command, add_out
from facepipe.commands.settings_options import add_options, given_options
from facepipe.console import Console
from facepipe.errors import UsageError
from facepipe.export.card import Contents, Origin
from facepipe.export.export import Request, export_dataset
from facepipe.export.exporter import ExportOptions
from facepipe.export.folder import check_outside
from facepipe.export.formats import EXPORTERS
from facepipe.export.originals import Originals
from facepipe.export.selection import Selection
from facepipe.options import Options, flag
from facepipe.people.named import person_named
from facepipe.review.sync import synced
from facepipe.runs.elsewhere import note_export
from facepipe.runs.folder import RunFolder
from facepipe.runs.inputs import changed_since
from facepipe.version import __version__


def add_arguments(parser: argparse.ArgumentParser) -> None:
    formats = "; ".join(f"{plugin.name} ({plugin.summary})" for plugin in EXPORTERS)
    add_out(parser)
    parser.add_argument("--format", required=True, metavar="NAME", help=formats.replace("%", "%%"))
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="where the export goes")
    several = {"nargs": "+", "action": "extend", "default": []}
    parser.add_argument("--person", metavar="NAME", help="only these people; may be given again", **several)
    for title, options in {"selection": Selection(), "labels and pictures": ExportOptions()}.items():
        add_options(parser.add_argument_group(title), {"": options})
    own = {name: options for name, options in _own_options().items() if fields(options)}
    if own:
        add_options(parser.add_argument_group("formats"), own)


def _own_options() -> dict[str, Options]:
    """The options of every format that is installed."""
    return {name: exporter.Own() for name, exporter in EXPORTERS.loaded()}


def run(args: argparse.Namespace, console: Console) -> int:
    request = request_from(args)
    folder = synced(args.out, console)
    check_outside(folder.path, args.to)
    table = folder.table()
    names = tuple(person_named(name, table.people) for name in args.person)
    request = replace(request, selection=replace(request.selection, people=names))
    note_export(folder, args.to, args.format)
    with console.bar("exporting", "frame") as bar:
        contents = export_dataset(
            args.to, table, folder.layout.frames, request, origin_of(folder), bar, originals_of(folder)
        )
    for line in summary(contents, args.to):
        console.show(line)
    for (person, split), count in sorted(contents.faces.items()) if console.verbose else ():
        console.show(f"  {person:16} {split:5} {count:5}")
    if contents.has_pictures and request.options.blur_others:
        console.say("note: only faces that were found are blurred: look through the pictures before you share them")
    return 0


def request_from(args: argparse.Namespace) -> Request:
    """What was asked for. UsageError for a value that cannot be."""
    exporter = EXPORTERS.load(args.format)
    own = exporter.Own
    given = {**exporter.usual, **given_options(args)}

    def taken(kind: type[Options]) -> Any:
        return kind(**{spec.name: given.pop(spec.name) for spec in fields(kind) if spec.name in given})

    request = Request(args.format, taken(Selection), taken(ExportOptions), taken(own))
    if given:
        raise UsageError(f"{flag(next(iter(given)))} means nothing to --format {args.format}: leave it out")
    return request


def origin_of(folder: RunFolder) -> Origin:
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


def originals_of(folder: RunFolder) -> Originals:
    """The inputs of the run that are still there, as they were read."""
    known = zip(folder.state.inputs, folder.sources(), strict=True)
    there = [source for entry, source in known if source.path.is_file() and not changed_since(entry)]
    return Originals(there, folder.settings.sampling)


def summary(contents: Contents, to: Path) -> list[str]:
    """What the command says in the end."""
    lines = [str(contents), *(f"left out: {line}" for line in contents.left_out())]
    lines += [f"note: {note}" for note in contents.notes]
    return [*lines, f"dataset  {to}   card {to / 'README.md'} (consent and licence are yours to fill in)"]


COMMAND = Command(__doc__, add_arguments, run)
