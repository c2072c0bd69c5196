"""Remove a person from a run: every crop, vector, label and montage, and the face in the run's copies of the frames.

    facepipe forget panel_dataset --person Anna

It cannot be undone, and later runs do not bring the faces back. The originals stay as they are; they are listed.
"""

import argparse
from pathlib import Path

from facepipe.console import Console
from facepipe.review.forget import forget


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", type=Path, metavar="OUT", help="folder of a run")
    parser.add_argument("--person", required=True, metavar="NAME", help="name of the person's folder under people/")


def run(args: argparse.Namespace) -> int:
    console = Console(quiet=args.quiet)
    gone = forget(args.out, args.person, console)
    console.say(f"{gone.faces} face{'s' if gone.faces != 1 else ''} of {args.person} forgotten")
    for path in gone.originals:
        console.say(f"still shown in the original {path}")
    console.say("exports that were made before still hold the person: delete or write them anew")
    return 0
