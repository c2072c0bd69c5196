"""`facepipe suggest` at work; what can be typed is in arguments/suggest.py."""

import argparse
import json

from facepipe.console import Console
from facepipe.errors import UsageError
from facepipe.questions.question import Question
from facepipe.questions.suggest import as_dict, asked, to_do
from facepipe.results.checks import suggested
from facepipe.review.sync import synced


def run(args: argparse.Namespace, console: Console) -> int:
    if args.limit < 1:
        raise UsageError(f"--limit {args.limit}: must be 1 or more")
    folder = synced(args.out, console)
    found, settled = suggested(folder, args.limit, anew=args.anew)
    for number, question in enumerate(found, 1):
        for line in [json.dumps(as_dict(question), ensure_ascii=False)] if args.json else _lines(number, question):
            console.data(line)
    if not args.json:
        console.say(_closing(bool(found), settled))
    return 0


def _closing(found: bool, settled: float | None) -> str:
    if not found:
        return "there is nothing to check"
    if settled is None:
        return "found before the last corrections: --anew looks at everybody again, which takes longer"
    return f"{settled:.0%} of the faces are settled"


def _lines(number: int, question: Question) -> list[str]:
    chance = f"{question.probability:.0%}, " if question.kind not in ("name", "strangers") else ""
    return [f"{number:>3}. {asked(question)} ({chance}{question.why})", f"     {to_do(question)}"]
