"""Read people/ back: what you renamed, moved, merged or deleted there becomes the truth, for good.

Examples:
    facepipe sync panel_dataset

Rename a folder to name a person; move files to another person's folder, or to a new one; delete a file that is not this
person's; delete a folder that is nobody's. Every command does this first; sync does nothing else. --accept-log goes on
with a decisions.jsonl that is not as facepipe left it, and says what that means.
"""

import argparse

from facepipe.commands.command import Command, add_out
from facepipe.console import Console
from facepipe.people.forgotten import erased_faces
from facepipe.people.log import accept_log
from facepipe.review.sync import sync
from facepipe.runs.lock import locked
from facepipe.runs.opening import load_run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_out(parser)
    parser.add_argument(
        "--all", action="store_true", help="draw plots that take long too, however many faces there are"
    )
    parser.add_argument(
        "--accept-log", action="store_true", help="take decisions.jsonl as it is now, whatever became of it"
    )


def run(args: argparse.Namespace, console: Console) -> int:
    with locked(args.out):
        folder = load_run(args.out)
        accepted = accept_log(folder, lambda: erased_faces(folder)) if args.accept_log else []
        for line in accepted:
            console.say(line)
        if not sync(folder, console, everything=args.all).wrote and not accepted:
            console.say("nothing has changed")
    return 0


COMMAND = Command(__doc__, add_arguments, run)
