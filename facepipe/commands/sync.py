"""`facepipe sync` at work; what can be typed is in arguments/sync.py."""

import argparse

from facepipe.console import Console
from facepipe.people.forgotten import erased_faces
from facepipe.people.log import accept_log
from facepipe.review.sync import sync
from facepipe.runs.lock import locked
from facepipe.runs.opening import load_run


def run(args: argparse.Namespace, console: Console) -> int:
    with locked(args.out):
        folder = load_run(args.out)
        accepted = accept_log(folder, lambda: erased_faces(folder)) if args.accept_log else []
        for line in accepted:
            console.say(line)
        if not sync(folder, console, everything=args.all).wrote and not accepted:
            console.say("nothing has changed")
    return 0
