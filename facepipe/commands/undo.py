"""Take the last correction back; again takes back the one before.

Examples:
    facepipe undo panel_dataset
    facepipe undo panel_dataset 3

What was changed in people/ since the last command counts as the last corrections. What was forgotten stays so.
`facepipe history OUT` lists what there is to take back.
"""

import argparse

from facepipe.commands.command import Command, add_out
from facepipe.console import Console
from facepipe.errors import UsageError
from facepipe.review.undo import undo


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_out(parser)
    parser.add_argument(
        "times", nargs="?", type=int, default=1, metavar="N", help="how many corrections to take back (default: 1)"
    )


def run(args: argparse.Namespace, console: Console) -> int:
    if args.times < 1:
        raise UsageError(f"undo {args.times}: must be 1 or more")
    undo(args.out, console, args.times)
    return 0


COMMAND = Command(__doc__, add_arguments, run)
