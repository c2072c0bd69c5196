"""The command line: which commands there are, and how errors become one line and an exit code."""

import argparse
import os
import sys
import threading
import traceback
from importlib import import_module

from facepipe import __version__
from facepipe.errors import FacepipeError, UsageError

# name -> (module with `add_arguments(parser)` and `run(args) -> int`, one line of help)
COMMANDS = {
    "run": ("facepipe.commands.run", "turn videos into a labelled person dataset"),
    "cluster": ("facepipe.commands.cluster", "make people anew with another method, without encoding again"),
    "sync": ("facepipe.commands.sync", "read back what you renamed, moved or deleted in people/"),
    "undo": ("facepipe.commands.undo", "take the last correction back"),
    "forget": ("facepipe.commands.forget", "remove all of a person from a run"),
    "explain": ("facepipe.commands.explain", "say why faces are, or are not, one person"),
    "eval": ("facepipe.commands.evaluate", "measure a run against truth written by a person"),
    "tune": ("facepipe.commands.tune", "search a method's parameters with cross-validation"),
    "export": ("facepipe.commands.export", "write a dataset to train on: YOLO, COCO, a folder a person, ..."),
    "find": ("facepipe.commands.find", "copy, cut or list everything in which somebody appears"),
    "inventory": ("facepipe.commands.inventory", "count the files of a photo library by type"),
    "models": ("facepipe.commands.models", "list, check and fetch model files"),
}
INTERRUPTED, CLOSED_PIPE = 130, 141  # 128 + the signal's number, as shells count


class _Parser(argparse.ArgumentParser):
    """argparse that reports a wrong option as every other error is reported."""

    def error(self, message: str) -> None:
        raise UsageError(f"{message} (see {self.prog} --help)")


def main(argv: list[str] | None = None) -> int:
    """Run a command line and return its exit code. Errors are printed as one line; --verbose shows where."""
    argv = sys.argv[1:] if argv is None else argv
    try:
        return _dispatch(argv)
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
        _show(f"unexpected {type(error).__name__}: {error} (--verbose shows where; please report it)", argv)
        return 1


def entry() -> None:
    """What the `facepipe` script calls: `main`, then leave."""
    use_any_terminal()
    leave(main())


def use_any_terminal() -> None:
    """File names are shown as well as the terminal's encoding can; none ends the program."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def leave(code: int) -> None:
    """End the process. Threads that are still inside native code after a stop would abort a normal exit."""
    sys.stdout.flush()
    sys.stderr.flush()
    if any(thread.name == "facepipe" for thread in threading.enumerate()):
        os._exit(code)
    raise SystemExit(code)


def _dispatch(argv: list[str]) -> int:
    lines = "\n".join(f"  {name:10} {summary}" for name, (_, summary) in COMMANDS.items())
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
        raise UsageError(f"unknown command '{given.command}': choose one of {', '.join(COMMANDS)}")
    module = import_module(COMMANDS[given.command][0])
    command = _Parser(
        prog=f"facepipe {given.command}",
        description=(module.__doc__ or "").strip(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.add_arguments(command)
    add_common(command)
    return module.run(command.parse_args(given.rest))


def add_common(command: argparse.ArgumentParser) -> None:
    """The options of every command."""
    command.add_argument("--quiet", action="store_true", help="say nothing but warnings and errors")
    command.add_argument("--verbose", action="store_true", help="say more, and where an error comes from")


def _show(line: str, argv: list[str]) -> None:
    if "--verbose" in argv:
        traceback.print_exc()
    print(f"facepipe: {line}", file=sys.stderr)
