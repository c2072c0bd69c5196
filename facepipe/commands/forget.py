"""Remove a person from a run: every crop, embedding, label and montage, and the face in the run's copies of the frames.

Examples:
    facepipe forget panel_dataset --person Anna

It cannot be undone, and later runs do not bring the faces back. The originals stay as they are; they are listed.
"""

import argparse

from facepipe.commands.command import Command, add_out
from facepipe.console import Console
from facepipe.review.forget import forget
from facepipe.words import counted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_out(parser)
    parser.add_argument("--person", required=True, metavar="NAME", help="name of the person's folder under people/")


def run(args: argparse.Namespace, console: Console) -> int:
    gone = forget(args.out, args.person, console)
    console.say(f"{counted(gone.faces, 'face')} of {gone.person} forgotten")
    for path in gone.originals:
        console.say(f"still shown in the original {path}")
    console.say("exports that were made before still hold the person: delete or write them anew")
    return 0


COMMAND = Command(__doc__, add_arguments, run)
