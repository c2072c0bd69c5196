"""`facepipe forget` at work; what can be typed is in arguments/forget.py."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from facepipe.commands.question import make_sure
from facepipe.console import Console
from facepipe.errors import StoreError
from facepipe.export.folder import faces_shown
from facepipe.export.sidecars import places_with_name
from facepipe.files.address import Address, place
from facepipe.find.copies import copies_in
from facepipe.records import Source
from facepipe.review.forget import Traced, forget, has_begun, traced
from facepipe.runs.state import COPIES, SIDECARS
from facepipe.words import counted
from facepipe.xmp.sidecars import SUFFIX


def run(args: argparse.Namespace, console: Console) -> int:
    if args.dry_run or not (args.yes or has_begun(args.out, args.person)):
        found = traced(args.out, args.person, console)
        if args.dry_run:
            for line in (f"would go: {_what(found)}", *_elsewhere(found)):
                console.data(line)
            return 0
        gone = f"{_what(found)} would go for good"
        make_sure(gone, f"Forget {found.person}?", f"{found.person} is not forgotten")
    gone = forget(args.out, args.person, console)
    console.say(f"{counted(len(gone.faces), 'face')} of {gone.person} forgotten; nothing of them is left in {args.out}")
    for line in _elsewhere(gone):
        console.say(line)
    return 0


def _what(found: Traced) -> str:
    return (
        f"{counted(len(found.faces), 'face')} of {found.person}, {counted(found.crops, 'crop')}, "
        f"{counted(found.sheets, 'contact sheet')}, and the face in {counted(found.frames, 'frame')}"
    )


def _elsewhere(found: Traced) -> Iterator[str]:
    """Where the person is seen outside the run, as far as is known."""
    for source in found.originals:
        came = f", fetched from {source.address}, where it is shown too" if source.address else ""
        yield f"still shown in the original {source.path}{came}"
    for export in found.exports:
        if export.format == SIDECARS:
            yield from _in_sidecars(Path(export.path) if export.path else None, found)
            continue
        path, remedy = place(export.path), "delete it or export again"
        if isinstance(path, Address):
            yield f"the {export.format} export at {path} may still hold the person: {remedy}"
            continue
        if export.format == COPIES:
            yield from _in_copies(path, found.originals)
            continue
        if not path.exists():
            yield f"the {export.format} export is not at {path} any more: where it is now, it may still hold the person"
            continue
        if path.is_file():
            yield f"the rendered {path} may still show the person: delete it or render it again"
            continue
        try:
            shown = faces_shown(path)
        except StoreError as error:
            yield f"the {export.format} export at {path} may still hold the person ({error}): {remedy}"
            continue
        if not shown.isdisjoint(found.faces):
            yield f"the {export.format} export at {path} still holds the person: {remedy}"


def _in_copies(folder: Path, originals: Sequence[Source]) -> Iterator[str]:
    """What `facepipe find` put into a folder that shows the person."""
    if not folder.exists():
        yield f"what facepipe find put into {folder} is there no more: where it is now, it may still show the person"
        return
    try:
        for path, is_sure in copies_in(folder, originals):
            yield f"{'still shown' if is_sure else 'may still be shown'} in the copy {path}: delete it"
    except OSError as error:
        yield f"cannot look into {folder} ({error.strerror}): what facepipe find put there may still show the person"


def _in_sidecars(to: Path | None, found: Traced) -> Iterator[str]:
    """The sidecars of photos of the person, and the photos, in which the name is still written."""
    for path, is_sure in places_with_name(found.person, found.originals, to):
        what, option = ("sidecar", "") if path.suffix == SUFFIX else ("photo", " --write-originals")
        remedy = f"facepipe sidecars{option} again takes out what it wrote" if is_sure else "look for yourself"
        yield f"{'still' if is_sure else 'perhaps still'} named in the {what} {path}: {remedy}"
