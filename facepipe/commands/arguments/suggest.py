"""Say what to check in a run, the most worth first: who may be one person, who may be two, whose a face may be.

Examples:
    facepipe suggest panel_dataset
    facepipe suggest panel_dataset --limit 5 --json

Each line says why it is asked and what to do in people/ with a file manager. With --json, one object a line.
"""

import argparse

from facepipe.commands.command import Command, add_out

SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_out(parser)
    parser.add_argument("--limit", type=int, default=SHOWN, metavar="N", help=f"at most so many (default: {SHOWN})")
    parser.add_argument("--anew", action="store_true", help="look at everybody again, also where much is known already")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, for programs")


COMMAND = Command(__doc__, add_arguments, "facepipe.commands.suggest:run")
