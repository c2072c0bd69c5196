"""Correct a run in the browser: questions by what they are worth, everybody at a glance; every answer counts at once.

Examples:
    facepipe review panel_dataset

It prints the address of a page that only this machine can open, and opens it. Ctrl-C ends it: then folders, montages
and the report are brought up to date. Whatever was answered is kept in decisions.jsonl, even if it is killed;
`facepipe undo` takes it back.
"""

import argparse
import signal
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from facepipe.commands.command import Command, add_out
from facepipe.console import Console
from facepipe.people.decisions import describe
from facepipe.words import counted, quoted

_MOST_LINES = 12  # of what was decided


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_out(parser)
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument("--port", type=int, default=0, metavar="N", help="port to listen on (default: any free one)")


def run(args: argparse.Namespace, console: Console) -> int:
    from facepipe.page.server import Server  # here: nobody else needs a server
    from facepipe.page.session import Busy, Session

    sys.setswitchinterval(0.001)  # an answer does not wait long for the thread that looks for questions
    session = Session(args.out, console)
    server = Server(session, args.port)
    console.say("the review page is at (Ctrl-C ends it)")
    console.data(server.address)
    if not args.no_browser:
        with suppress(webbrowser.Error):
            webbrowser.open(server.address)
    with _ended_like_ctrl_c(signal.SIGTERM):
        server.run()
        if session.pending:
            console.say("bringing folders, montages and the report up to date")
        try:
            session.update()
        except Busy as error:
            console.warn(f"{error}; what was decided is kept, and the next command writes it", keep=None)
    for line in session.notes.lines:
        console.say(line)
    said = session.decisions[session.first :]
    for decision in said[-_MOST_LINES:]:
        console.say(describe(decision))
    last = "facepipe undo takes the last one back" if said else "nothing has changed"
    console.say(f"{counted(len(said), 'decision')} in {quoted(args.out)}: {last}")
    return 0


@contextmanager
def _ended_like_ctrl_c(number: int) -> Iterator[None]:
    """A signal ends the block as Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(number, interrupt)
    try:
        yield
    finally:
        signal.signal(number, before)


COMMAND = Command(__doc__, add_arguments, run)
