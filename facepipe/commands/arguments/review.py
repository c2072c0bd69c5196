"""Correct a run in the browser: questions by what they are worth, everybody at a glance; every answer counts at once.

Examples:
    facepipe review panel_dataset

It prints the address of a page that only this machine can open, and opens it. Ctrl-C ends it: then folders, montages
and the report are brought up to date. Whatever was answered is kept in decisions.jsonl, even if it is killed;
`facepipe undo` takes it back.
"""

import argparse

from facepipe.commands.command import Command, add_out


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_out(parser)
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument("--port", type=int, default=0, metavar="N", help="port to listen on (default: any free one)")


COMMAND = Command(__doc__, add_arguments, "facepipe.commands.review:run")
