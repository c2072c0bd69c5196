"""Export a run as a dataset to train on: chosen faces, split by shot so that near-duplicates do not leak, one format.

    facepipe export clip_dataset --format yolo --to clip_yolo
    facepipe export clip_dataset --format imagefolder --to faces --boxes head --dedupe --min-quality 0.4

The folder must be new, empty, or an earlier export, whose files are replaced. Its README.md is a card that says what
the dataset is; the lines on consent and licence are yours to fill in, and are kept when you export again.
"""

import argparse
from dataclasses import fields
from pathlib import Path

from facepipe import __version__
from facepipe.console import Console
from facepipe.errors import UsageError
from facepipe.export import EXPORTERS
from facepipe.export.card import Contents, Origin
from facepipe.export.export import Request, export_dataset
from facepipe.export.exporter import BOXES, ExportOptions
from facepipe.export.selection import Selection
from facepipe.review.sync import synced
from facepipe.run.folder import RunFolder
from facepipe.run.table import read_table
from facepipe.settings import OutputSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    output = {spec.name: spec for spec in fields(OutputSettings)}
    selection, options = Selection(), ExportOptions()
    formats = "; ".join(f"{plugin.name} ({plugin.summary})" for plugin in EXPORTERS)
    add = parser.add_argument
    add("out", type=Path, metavar="OUT", help="folder of a finished run")
    add("--format", required=True, metavar="NAME", help=formats.replace("%", "%%"))
    add("--to", type=Path, required=True, metavar="DIR", help="where the export goes")
    add(
        "--split",
        type=output["split"].metadata["parse"],
        default=OutputSettings().split,
        metavar="A,B,C",
        help=f"{output['split'].metadata['help']} (default: {','.join(map(str, OutputSettings().split))})",
    )
    add("--person", action="append", default=[], metavar="NAME", help="only this person; may be given again")
    add("--min-size", type=int, default=selection.min_size, metavar="PX", help="leave smaller faces out")
    add("--min-quality", type=float, default=selection.min_quality, metavar="Q", help="leave poorer faces out (0 to 1)")
    add("--max-per-person", type=int, metavar="N", help="of everybody no more than N faces that differ most")
    add("--dedupe", action="store_true", help="of near-duplicates only the best one")
    add(
        "--unknown",
        default=options.unknown,
        metavar="|".join(output["unknown"].metadata["choices"]),
        help="unknown faces, and those that are too small or poor: greyed, labelled, their frame left out, or left as "
        f"they are (default: {options.unknown})",
    )
    add(
        "--boxes",
        default=options.boxes,
        metavar="|".join(BOXES),
        help=f"what a box or crop holds (default: {options.boxes})",
    )
    add("--blur-others", action="store_true", help="blur the head of everybody who is not exported")


def run(args: argparse.Namespace) -> int:
    console = Console(quiet=args.quiet)
    request = request_from(args)
    folder = synced(args.out, console)
    if args.out.resolve() in (args.to.resolve(), *args.to.resolve().parents):
        raise UsageError(f"--to {args.to} lies in the run's own folder: name another one")
    table, people = read_table(folder.path)
    with console.bar("exporting", "frame") as bar:
        contents = export_dataset(args.to, table, people, folder.frames, request, origin_of(folder), bar)
    for line in summary(contents, args.to):
        console.say(line)
    for (person, split), count in sorted(contents.faces.items()) if args.verbose else ():
        console.say(f"  {person:16} {split:5} {count:5}")
    if args.blur_others:
        console.say("note: only faces that were found are blurred: look through the pictures before you share them")
    return 0


def request_from(args: argparse.Namespace) -> Request:
    """What was asked for. UsageError for a value that cannot be."""
    EXPORTERS[args.format]
    shares = OutputSettings(split=args.split).split
    selection = Selection(args.min_size, args.min_quality, args.max_per_person, args.dedupe, tuple(args.person))
    return Request(args.format, shares, selection, ExportOptions(args.unknown, args.boxes, args.blur_others))


def origin_of(folder: RunFolder) -> Origin:
    """What the card says of the run."""
    state = folder.state
    return Origin(
        facepipe=__version__,
        sources=tuple(source.name for source in folder.sources()),
        detector=state["detector"],
        models=state["models"],
        settings=state["settings"],
    )


def summary(contents: Contents, to: Path) -> list[str]:
    """What the command says in the end."""
    lines = [str(contents), *(f"left out: {count} faces {reason}" for reason, count in contents.dropped.items())]
    lines += [f"note: {note}" for note in contents.notes]
    return [*lines, f"dataset  {to}   card {to / 'README.md'} (consent and licence are yours to fill in)"]
