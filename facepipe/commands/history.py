"""`facepipe history` at work; what can be typed is in arguments/history.py."""

import argparse

from facepipe.console import Console
from facepipe.people.gestures import gestures
from facepipe.people.log import read_log
from facepipe.review.sync import synced


def run(args: argparse.Namespace, console: Console) -> int:
    made = gestures(read_log(synced(args.out, console)))
    for gesture in made:
        console.data(f"{gesture.number:>5}  {gesture.when[:16].replace('T', ' ')}  {_mark(gesture.undone)}{gesture}")
    if not made:
        console.say("nothing was corrected")
    return 0


def _mark(undone: bool) -> str:
    return "(taken back) " if undone else ""
