"""Take the last correction back; again takes back the one before.

facepipe undo panel_dataset

What was changed in people/ since the last command counts as the last correction. What was forgotten stays so.
"""

import argparse
from pathlib import Path

from facepipe.console import Console
from facepipe.review.undo import undo


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", type=Path, metavar="OUT", help="folder of a run")


def run(args: argparse.Namespace) -> int:
    undo(args.out, Console(quiet=args.quiet))
    return 0
