"""Say what to check in a run, the most worth first: who may be one person, who may be two, whose a face may be.

Examples:
    facepipe suggest panel_dataset
    facepipe suggest panel_dataset --limit 5 --json

Each line says why it is asked and what to do in people/ with a file manager. With --json, one object a line.
"""

import argparse
import json

from facepipe.commands.command import Command, add_out
from facepipe.console import Console
from facepipe.errors import UsageError
from facepipe.people.decisions import replay
from facepipe.people.log import read_log
from facepipe.questions.propose import Proposer
from facepipe.questions.question import Question
from facepipe.questions.suggest import as_dict, asked, to_do
from facepipe.review.sync import synced

SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_out(parser)
    parser.add_argument("--limit", type=int, default=SHOWN, metavar="N", help=f"at most so many (default: {SHOWN})")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, for programs")


def run(args: argparse.Namespace, console: Console) -> int:
    if args.limit < 1:
        raise UsageError(f"--limit {args.limit}: must be 1 or more")
    folder = synced(args.out, console)
    proposer = Proposer(folder.table(), replay(read_log(folder)))
    found = proposer.questions(limit=args.limit)
    for number, question in enumerate(found, 1):
        for line in [json.dumps(as_dict(question), ensure_ascii=False)] if args.json else _lines(number, question):
            console.data(line)
    if not args.json:
        console.say(f"{proposer.settled():.0%} of the faces are settled" if found else "there is nothing to check")
    return 0


def _lines(number: int, question: Question) -> list[str]:
    chance = f"{question.probability:.0%}, " if question.kind not in ("name", "strangers") else ""
    return [f"{number:>3}. {asked(question)} ({chance}{question.why})", f"     {to_do(question)}"]


COMMAND = Command(__doc__, add_arguments, run)
