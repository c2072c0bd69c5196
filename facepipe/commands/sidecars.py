"""Tell digiKam, Lightroom, Immich, PhotoPrism and others who is in which photo: XMP sidecars beside the photos.

Examples:
    facepipe sidecars pictures_dataset --dry-run
    facepipe sidecars pictures_dataset

Of everybody with a name, the face as a region of the Metadata Working Group, and the name as a keyword. The photos are
not changed. What is in a sidecar already stays; what facepipe wrote there before is brought in line.
"""

import argparse
from collections import Counter
from pathlib import Path

from facepipe.commands.command import Command, add_out
from facepipe.console import Console
from facepipe.errors import InputError, UsageError
from facepipe.files.names import printable
from facepipe.runs.state import SIDECARS
from facepipe.words import counted
from facepipe.xmp import NAMINGS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_out(parser)
    parser.add_argument("--to", type=Path, metavar="DIR", help="put them into this folder, not beside the photos")
    parser.add_argument(
        "--naming",
        default="",
        choices=("", *NAMINGS),
        metavar="|".join(NAMINGS),
        help=f"what the sidecar of photo.jpg is called (default: as the one that is there, else {NAMINGS[0]})",
    )
    parser.add_argument(
        "--keywords", action=argparse.BooleanOptionalAction, default=True, help="names as keywords too (default: yes)"
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be written")


def run(args: argparse.Namespace, console: Console) -> int:
    from facepipe.export.sidecars import changes  # here, since they read pictures
    from facepipe.review.sync import synced
    from facepipe.runs.elsewhere import note_export

    if args.to is not None and args.to.exists() and not args.to.is_dir():
        raise UsageError(f"{args.to} is no folder: name another")
    folder = synced(args.out, console)
    table, done, disputed = folder.table(), Counter[str](), 0
    if not args.dry_run:
        note_export(folder, args.to, SIDECARS)
    with console.bar("sidecars", "photo") as bar:
        for change in changes(table, folder.sources(), args.to, args.naming, keywords=args.keywords, progress=bar):
            if isinstance(change, InputError):
                done["left alone"] += 1
                console.warn(str(change), keep=None)
                continue
            for there, here in change.disputed:
                disputed += 1
                where = printable(change.path)
                console.warn(f"{where} says {there} where the run says {here}: left as it is", keep=None)
            done[change.kind] += 1
            if args.dry_run and change.kind != "unchanged":
                console.data(f"{change.kind}\t{printable(change.path)}")
            elif not args.dry_run:
                change.make()
    console.say(_summary(done, args.dry_run))
    if disputed:
        console.say(f"{counted(disputed, 'name')} disputed: facepipe run --xmp-names takes those that you did not give")
    return 0


def _summary(done: Counter[str], dry_run: bool) -> str:
    would = "would be " if dry_run else ""
    said = [f"{counted(done.pop('new', 0), 'sidecar')} {would}written, {done.pop('changed', 0)} {would}changed"]
    said += [f"{number} {kind}" for kind, number in sorted(done.items())]
    return ", ".join(said)


COMMAND = Command(__doc__, add_arguments, run)
