"""Take the last correction back; again takes back the one before.

Examples:
    facepipe undo panel_dataset
    facepipe undo panel_dataset 3

What was changed in people/ since the last command counts as the last corrections. What was forgotten stays so.
`facepipe history OUT` lists what there is to take back.
"""

import argparse

from facepipe.commands.command import Command, add_out


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_out(parser)
    parser.add_argument(
        "times", nargs="?", type=int, default=1, metavar="N", help="how many corrections to take back (default: 1)"
    )


COMMAND = Command(__doc__, add_arguments, "facepipe.commands.undo:run")
