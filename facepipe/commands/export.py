"""`facepipe export` at work; what can be typed is in arguments/export.py."""

import argparse

from facepipe.commands.settings_options import given_options
from facepipe.console import Console
from facepipe.export.of_run import export_run, request_for, summary
from facepipe.export.upload import export_to_address
from facepipe.files.address import Address
from facepipe.review.sync import synced


def run(args: argparse.Namespace, console: Console) -> int:
    request = request_for(args.format, given_options(args), args.person)
    folder = synced(args.out, console)
    with console.bar("exporting", "frame") as bar, console.bar("uploading", "MB") as uploading:
        if isinstance(args.to, Address):
            contents = export_to_address(folder, args.to, request, bar, args.models_dir, uploading)
        else:
            contents = export_run(folder, args.to, request, bar, args.models_dir)
    for line in summary(contents, args.to):
        console.show(line)
    for (person, split), count in sorted(contents.faces.items()) if console.verbose else ():
        console.show(f"  {person:16} {split:5} {count:5}")
    if contents.has_pictures and request.options.blur_others:
        console.say("note: only faces that were found are blurred: look through the pictures before you share them")
    return 0
