"""`facepipe sidecars` at work; what can be typed is in arguments/sidecars.py."""

import argparse
from collections import Counter

from facepipe.commands.question import make_sure
from facepipe.console import Console
from facepipe.errors import InputError, UsageError
from facepipe.export.folder import check_outside
from facepipe.export.in_photos import changes_inside, write_inside
from facepipe.export.sidecars import Change, changes
from facepipe.files.names import printable
from facepipe.review.sync import synced
from facepipe.runs.elsewhere import note_export
from facepipe.runs.lock import locked
from facepipe.runs.opening import load_run
from facepipe.runs.state import SIDECARS
from facepipe.words import counted
from facepipe.xmp.exiftool import Exiftool


def run(args: argparse.Namespace, console: Console) -> int:
    if args.write_originals:
        return _into_photos(args, console)
    if args.yes:
        raise UsageError("--yes answers what --write-originals asks: leave it out")
    if args.to is not None and args.to.exists() and not args.to.is_dir():
        raise UsageError(f"{args.to} is no folder: name another")
    folder = synced(args.out, console)
    if args.to is not None:
        check_outside(folder.path, args.to)
    done, disputed = Counter[str](), 0
    if not args.dry_run:
        note_export(folder, args.to, SIDECARS)
    with console.bar("sidecars", "photo") as bar:
        for change in changes(folder, args.to, args.naming, keywords=args.keywords, progress=bar):
            if isinstance(change, InputError):
                done["left alone"] += 1
                console.warn(str(change), keep=None)
                continue
            disputed += _warn_of_disputes(change, console)
            done[change.kind] += 1
            if args.dry_run and change.kind != "unchanged":
                console.data(f"{change.kind}\t{printable(change.path)}")
            elif not args.dry_run:
                change.make()
    would = "would be " if args.dry_run else ""
    written = f"{counted(done.pop('new', 0), 'sidecar')} {would}written, {done.pop('changed', 0)} {would}changed"
    _sum_up(written, done, disputed, console)
    return 0


def _into_photos(args: argparse.Namespace, console: Console) -> int:
    """--write-originals: nothing is written before somebody has said yes."""
    if args.to is not None or args.naming:
        raise UsageError("--to and --naming are about sidecars: leave them out, or --write-originals")
    Exiftool.path()  # before a library is looked through in vain
    folder = synced(args.out, console)
    done, disputed, failed, wanted = Counter[str](), 0, 0, []
    with console.bar("photos", "photo") as bar:
        for found in changes_inside(folder, folder.table(), keywords=args.keywords, progress=bar):
            if isinstance(found, InputError):
                done["left alone"] += 1
                console.warn(str(found), keep=None)
                continue
            disputed += _warn_of_disputes(found[1], console)
            if found[1].kind == "changed":
                wanted.append(found)
            else:
                done["unchanged"] += 1
    for _, change in wanted if args.dry_run else ():
        console.data(f"changed\t{printable(change.path)}")
    if wanted and not args.dry_run:
        photos = f"{counted(len(wanted), 'photo')} would be written to, each kept as it is as <name>_original"
        if not args.yes:
            make_sure(photos, "Write into them?", "no photo was written to")
        note_export(folder, None, SIDECARS)
        with locked(folder.path), console.bar("writing", "photo") as bar:
            for error in write_inside(load_run(folder.path), wanted, bar):
                failed += 1
                console.warn(str(error), keep=None)
    would = "would be " if args.dry_run else ""
    done.update({"left alone": failed} if failed else {})
    _sum_up(f"{counted(len(wanted) - failed, 'photo')} {would}written to", done, disputed, console)
    return 0


def _warn_of_disputes(change: Change, console: Console) -> int:
    """How many names somebody else has given otherwise."""
    for there, here in change.disputed:
        where = printable(change.path)
        console.warn(f"{where} says {there} where the run says {here}: left as it is", keep=None)
    return len(change.disputed)


def _sum_up(written: str, done: Counter[str], disputed: int, console: Console) -> None:
    console.say(", ".join([written, *(f"{number} {kind}" for kind, number in sorted(done.items()))]))
    if disputed:
        console.say(f"{counted(disputed, 'name')} disputed: facepipe run --xmp-names takes those that you did not give")
