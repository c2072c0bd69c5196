"""What a person sees in the terminal: answers on standard output; messages, warnings and bars on standard error."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from facepipe.callbacks import Progress
from facepipe.errors import StorageFull
from facepipe.files.names import printable
from facepipe.progress_bar import TqdmUpdate


@dataclass
class Console:
    """quiet: only data, warnings and errors. Bars show only where standard error is a terminal."""

    quiet: bool = False
    verbose: bool = False
    warnings: list[str] = field(default_factory=list)
    _shown: set[str] = field(default_factory=set, repr=False)

    def say(self, line: str = "") -> None:
        """A message: what is being done, or was done."""
        if not self.quiet:
            _write(_harmless(line))

    def show(self, line: str = "") -> None:
        """A line of a summary that nobody has asked for by itself."""
        if not self.quiet:
            self.data(line)

    def data(self, line: str) -> None:
        """A line of what was asked for; other programs may read it.

        StorageFull, BrokenPipeError: it cannot be shown.
        """
        try:
            print(_harmless(line), flush=True)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise StorageFull(f"cannot write to standard output: {error.strerror}") from error

    def warn(self, line: str, *, keep: str | None = "") -> None:
        """Show a warning once and keep it for run.json.

        keep: what is kept in its place; None for nothing. The names of people belong into no warning that is kept:
        who was forgotten would live on there.
        """
        line = printable(line)
        if self._is_new(line, keep and printable(keep)):
            _write(f"warning: {line}")

    def _is_new(self, line: str, keep: str | None) -> bool:
        """Whether a warning was not given yet; what is to be kept of it is kept."""
        if line in self._shown:
            return False
        self._shown.add(line)
        if keep is not None and (kept := keep or line) not in self.warnings:
            self.warnings.append(kept)
        return True

    @contextmanager
    def bar(self, what: str, unit: str, note: Callable[[float], str] = lambda seconds: "") -> Iterator[Progress]:
        """A bar while the block runs: gives `update(done, total)`. `note(seconds)` is shown behind the bar."""
        hidden = self.quiet or not sys.stderr.isatty()
        with TqdmUpdate(desc=what, unit=unit, disable=hidden, leave=False, dynamic_ncols=True) as shown:

            def update(done: int, total: int | None = None) -> None:
                if not hidden:
                    shown.set_postfix_str(note(shown.format_dict["elapsed"]), refresh=False)
                    shown.update(done, total)

            yield update


def _write(line: str) -> None:
    """To standard error; where that is full the job goes on, and its exit code says how it ended. BrokenPipeError."""
    try:
        TqdmUpdate.write(line, file=sys.stderr)
    except BrokenPipeError:
        raise
    except OSError:
        return


def _harmless(text: str) -> str:
    """`text` without what would steer the terminal; line breaks and tabs are part of tables."""
    return "\n".join("\t".join(map(printable, line.split("\t"))) for line in text.split("\n"))
