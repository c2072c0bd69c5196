"""`facepipe undo` at work; what can be typed is in arguments/undo.py."""

import argparse

from facepipe.console import Console
from facepipe.errors import UsageError
from facepipe.review.undo import undo


def run(args: argparse.Namespace, console: Console) -> int:
    if args.times < 1:
        raise UsageError(f"undo {args.times}: must be 1 or more")
    undo(args.out, console, args.times)
    return 0
