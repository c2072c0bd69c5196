"""Take the last correction back; again takes back the one before.

Examples:
    facepipe undo panel_dataset

What was changed in people/ since the last command counts as the last correction. What was forgotten stays so.
"""

import argparse

from facepipe.commands.command import Command, add_out
from facepipe.console import Console
from facepipe.review.undo import undo


def run(args: argparse.Namespace, console: Console) -> int:
    undo(args.out, console)
    return 0


COMMAND = Command(__doc__, add_out, run)
