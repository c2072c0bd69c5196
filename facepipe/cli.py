"""The command line: which command is meant, and how errors become one line and an exit code."""

import argparse
import difflib
import gc
import os
import re
import sys
import threading
import traceback
from dataclasses import replace
from typing import Any, NoReturn

from facepipe.commands import COMMANDS
from facepipe.commands.command import Command
from facepipe.errors import FacepipeError, UsageError, in_words
from facepipe.files.names import printable
from facepipe.version import __version__

INTERRUPTED, CLOSED_PIPE = 130, 141  # 128 + the signal's number, as shells count


class _Parser(argparse.ArgumentParser):
    """argparse that reports a wrong option as every other error is reported, and names the one that was meant."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._negative_number_matcher = re.compile(r"-\.?\d")  # what begins so is a value: --yaw -90..-45

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")

    def parse_strictly(self, argv: list[str], namespace: argparse.Namespace) -> argparse.Namespace:
        """Parse all of `argv`. UsageError for an option that is not known, with the nearest one that is."""
        actions = [action for action in self._actions if isinstance(action, argparse._SubParsersAction)]
        parse = self.parse_known_args if actions else self.parse_known_intermixed_args  # paths behind options too
        given, unknown = parse(argv, namespace)
        if not unknown:
            return given
        word = unknown[0].partition("=")[0]
        parsers = [self, *(parser for action in actions for parser in action.choices.values())]
        options = [option for parser in parsers for option in parser._option_string_actions]
        near = difflib.get_close_matches(word, options, n=1) if word.startswith("-") else []
        what = "unknown option" if word.startswith("-") else "unexpected argument"
        self.error(f"{what} {word}" + (f": did you mean {near[0]}?" if near else ""))


def main(argv: list[str] | None = None, **defaults: Any) -> int:
    """Run a command line and return its exit code. Errors are printed as one line; --verbose shows where.

    defaults: what a command's arguments hold beside those that it parses.
    """
    argv = sys.argv[1:] if argv is None else argv
    try:
        return _dispatch(argv, defaults)
    except KeyboardInterrupt:
        print("interrupted: what is finished is kept; run the same command again to go on", file=sys.stderr)
        return INTERRUPTED
    except FacepipeError as error:
        _show(str(error), argv)
        return error.exit_code
    except BrokenPipeError:  # `facepipe ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED_PIPE
    except Exception as error:
        _show(f"{in_words(error)} (--verbose shows where; please report it)", argv)
        return 1


def entry(*command: str, **defaults: Any) -> NoReturn:
    """What the `facepipe` script calls: `main`, then leave. command: words that stand before those of the shell."""
    _use_any_terminal()
    # Products here are of small matrices, for which a second thread takes more CPU than it saves time; and sums are in
    # one order then, on every machine.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Python looks for cycles whenever 700 objects have come about: a tenth of what a command on many faces takes.
    gc.set_threshold(100_000, 50, 50)
    _leave(main([*command, *sys.argv[1:]], **defaults))


def _use_any_terminal() -> None:
    """File names are shown as well as the terminal's encoding can; none ends the program."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _leave(code: int) -> NoReturn:
    """End the process. Threads that are still inside native code after a stop would abort a normal exit."""
    sys.stdout.flush()
    sys.stderr.flush()
    if any(thread.name == "facepipe" for thread in threading.enumerate()):
        os._exit(code)
    raise SystemExit(code)


def _dispatch(argv: list[str], defaults: dict[str, Any]) -> int:
    lines = "\n".join(f"  {plugin.name:10} {plugin.summary}" for plugin in COMMANDS)
    parser = _Parser(
        prog="facepipe",
        description="From a video to a labelled person dataset, on a CPU, without labels, GPU or network.",
        epilog=f"commands:\n{lines}\n\nfacepipe COMMAND --help says more of each.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"facepipe {__version__}")
    parser.add_argument("command", metavar="COMMAND", help="what to do")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    given = parser.parse_args(argv or ["--help"])
    if given.command not in COMMANDS:
        near = difflib.get_close_matches(given.command, COMMANDS.names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(COMMANDS.names)}"
        raise UsageError(f"unknown command '{given.command}': {hint}")
    plugin = COMMANDS[given.command]
    command: Command = plugin.load()
    own = _Parser(
        prog=f"facepipe {given.command}",
        description=command.help.strip(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(own)
    own.add_argument("--quiet", action="store_true", help="say nothing but data, warnings and errors")
    own.add_argument("--verbose", action="store_true", help="say more, and where an error comes from")
    args = own.parse_strictly(given.rest, argparse.Namespace(**defaults))
    from facepipe.console import Console  # here, because the progress bar takes as long to import as all else of help

    run = replace(plugin, target=command.run).load()
    return run(args, Console(quiet=args.quiet, verbose=args.verbose))


def _show(line: str, argv: list[str]) -> None:
    if "--verbose" in argv:
        traceback.print_exc()
    print(f"facepipe: {printable(' '.join(line.splitlines()))}", file=sys.stderr)
