"""`facepipe render` at work; what can be typed is in arguments/render.py."""

import argparse

from facepipe.commands.settings_options import given_options
from facepipe.console import Console
from facepipe.people.forgotten import forgotten_faces
from facepipe.render.options import RenderOptions
from facepipe.review.sync import synced
from facepipe.words import counted


def run(args: argparse.Namespace, console: Console) -> int:
    from facepipe.render.render import render_run  # here, because drawing and encoding take a while to import

    options = RenderOptions(**given_options(args))
    folder = synced(args.out, console)
    to = args.to or folder.path.with_name(f"{folder.path.resolve().name}_rendered")
    forgotten = len(forgotten_faces(folder))
    if forgotten:
        where = "their places are not known any more, so nothing blurs them there"
        console.warn(f"{counted(forgotten, 'face')} were forgotten, which the inputs still show: {where}", keep=None)
    with console.bar("rendering", "frame") as bar:
        written = render_run(folder, to, args.person, options, bar, console.warn)
    videos, photos = counted(written.videos, "video"), counted(written.photos, "photo")
    parts = [text for number, text in ((written.videos, videos), (written.photos, photos)) if number]
    console.show(f"{' and '.join(parts) or 'nothing'} written to {to}")
    if written.without_faces:
        console.say(f"left out: {counted(written.without_faces, 'photo')} without a face")
    if options.blur_others:
        console.say("note: only faces that were found are blurred: look through it before you share it")
    return 0
