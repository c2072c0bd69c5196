"""Write the videos of a run with boxes, names and tracks drawn in each person's colour, or with heads blurred.

Examples:
    facepipe render clip_dataset --to clip_faces.mp4
    facepipe render clip_dataset --person Ada --blur-others --draw none --to only_ada.mp4
    facepipe render pictures_dataset --to pictures_faces

A run of one video or photo may be written to a file, .mp4 or .jpg; several inputs go into a folder, photos as JPEG
copies. Sound and times are kept. The run notes where it went, so that `facepipe forget` can name what still shows the
person there.
"""

import argparse

from facepipe.commands.command import Command, add_out
from facepipe.commands.settings_options import add_options
from facepipe.files.address import local_path
from facepipe.render.options import RenderOptions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_out(parser)
    parser.add_argument(
        "--to",
        type=local_path,
        metavar="DIR|FILE",
        help="a folder, or an .mp4 or .jpg file (default: OUT_rendered beside OUT)",
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


COMMAND = Command(__doc__, add_arguments, "facepipe.commands.render:run")
