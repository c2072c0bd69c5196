"""Read people/ back: what you renamed, moved, merged or deleted there becomes the truth, for good.

    facepipe sync panel_dataset

Rename a folder to name a person; move files to another person's folder, or to a new one; delete a file that is not this
person's; delete a folder that is nobody's. Every command does this first; sync does nothing else.
"""

import argparse
from pathlib import Path

from facepipe.console import Console
from facepipe.review.sync import sync
from facepipe.run.folder import load_run
from facepipe.run.lock import locked


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", type=Path, metavar="OUT", help="folder of a run")
    parser.add_argument(
        "--all", action="store_true", help="write annotations and plots anew too, however many faces there are"
    )


def run(args: argparse.Namespace) -> int:
    console = Console(quiet=args.quiet)
    with locked(args.out):
        if not sync(load_run(args.out), console, everything=args.all):
            console.say("nothing has changed")
    return 0
