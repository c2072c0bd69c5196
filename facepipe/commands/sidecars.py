"""`facepipe sidecars` at work; what can be typed is in arguments/sidecars.py."""

import argparse
from collections import Counter

from facepipe.console import Console
from facepipe.errors import InputError, UsageError
from facepipe.export.sidecars import changes
from facepipe.files.names import printable
from facepipe.review.sync import synced
from facepipe.runs.elsewhere import note_export
from facepipe.runs.state import SIDECARS
from facepipe.words import counted


def run(args: argparse.Namespace, console: Console) -> int:
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
