"""How library code talks to whoever called it: it never prints."""

from collections.abc import Callable

Progress = Callable[[int, int | None], None]  # (done, total); the total is None while it is not known
Warn = Callable[[str], None]  # one line


def no_progress(done: int, total: int | None = None) -> None:
    """Nobody watches."""


def no_warning(line: str) -> None:
    """Nobody listens."""
