"""A question before what cannot be taken back."""

import sys

from facepipe.errors import UsageError


def make_sure(would: str, question: str, otherwise: str) -> None:
    """Ask in the terminal. would: what would be done, a sentence without its end. UsageError unless somebody says yes:
    with what is as before, `otherwise`."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(f"{would}: add --yes, or look first with --dry-run")
    print(f"{would}. {question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().casefold() not in ("y", "yes"):
        raise UsageError(f"nothing was changed: {otherwise}")
