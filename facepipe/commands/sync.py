"""Read people/ back: what you renamed, moved, merged or deleted there becomes the truth, for good.

Examples:
    facepipe sync panel_dataset

Rename a folder to name a person; move files to another person's folder, or to a new one; delete a file that is not this
person's; delete a folder that is nobody's. Every command does this first; sync does nothing else.
"""

import argparse

from facepipe.commands.command import Command, add_out
from facepipe.console import Console
from facepipe.review.sync import sync
from facepipe.runs.lock import locked
from facepipe.runs.opening import load_run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_out(parser)
    parser.add_argument(
        "--all", action="store_true", help="write annotations and plots anew too, however many faces there are"
    )


def run(args: argparse.Namespace, console: Console) -> int:
    with locked(args.out):
        if not sync(load_run(args.out), console, everything=args.all):
            console.say("nothing has changed")
    return 0


COMMAND = Command(__doc__, add_arguments, run)
