"""A command: how many faces everybody in a run has."""

import argparse
from collections import Counter

import facepipe
from facepipe.commands.command import Command, add_out
from facepipe.console import Console

HELP = """Count the faces of everybody in a run.

Examples:
    facepipe outside-count clip_dataset
"""


def run(args: argparse.Namespace, console: Console) -> int:
    faces = facepipe.open_run(args.out).faces
    for person, count in sorted(Counter(name for name in faces.person if name).items()):
        console.data(f"{person}\t{count}")
    return 0


COMMAND = Command(HELP, add_out, "facepipe_outside.command:run")
