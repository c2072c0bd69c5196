"""`facepipe review` at work; what can be typed is in arguments/review.py."""

import argparse
import signal
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from facepipe.console import Console
from facepipe.people.decisions import describe
from facepipe.words import counted, quoted

_MOST_LINES = 12  # of what was decided


def run(args: argparse.Namespace, console: Console) -> int:
    from facepipe.media.memory import share_heaps
    from facepipe.page.server import Server  # here: nobody else needs a server
    from facepipe.page.session import Busy, Session

    sys.setswitchinterval(0.001)  # an answer does not wait long for the thread that looks for questions
    share_heaps()
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
