"""Write the videos of a run with boxes, names and tracks drawn in each person's colour, or with heads blurred.

Examples:
    facepipe render clip_dataset --to clip_faces.mp4
    facepipe render clip_dataset --person Ada --blur-others --draw none --to only_ada.mp4
    facepipe render pictures_dataset --to pictures_faces

A run of one video may be written to an .mp4 file; several inputs go into a folder, photos as JPEG copies. Sound and
times are kept. The run notes where it went, so that `facepipe forget` can name what still shows the person there.
"""

import argparse
from pathlib import Path

from facepipe.commands.command import Command, add_out
from facepipe.commands.settings_options import add_options, given_options
from facepipe.console import Console
from facepipe.people.forgotten import forgotten_faces
from facepipe.render.look import RenderOptions
from facepipe.review.sync import synced
from facepipe.words import counted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_out(parser)
    parser.add_argument(
        "--to", type=Path, metavar="DIR|FILE", help="a folder, or an .mp4 file (default: OUT_rendered beside OUT)"
    )
    parser.add_argument(
        "--person",
        metavar="NAME",
        nargs="+",
        action="extend",
        default=[],
        help="everybody else counts as unknown; may be given again",
    )
    add_options(parser.add_argument_group("what is drawn"), {"": RenderOptions()})


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


COMMAND = Command(__doc__, add_arguments, run)
