"""The command line: which command is meant, and how errors become one line and an exit code."""

import argparse
import atexit
import difflib
import gc
import os
import re
import sys
import traceback
import warnings
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any, NoReturn

from facepipe.commands import COMMANDS
from facepipe.commands.command import Command
from facepipe.errors import FacepipeError, UsageError, in_words
from facepipe.files.names import printable
from facepipe.registry import ANYTHING
from facepipe.version import __version__

INTERRUPTED, CLOSED_PIPE = 130, 141  # 128 + the signal's number, as shells count


class _Operand(str):
    """A word behind `--`: no option, whatever it begins with."""

    __slots__ = ()


class _Parser(argparse.ArgumentParser):
    """argparse that reports a wrong option as every other error is reported, and names the one that was meant."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._negative_number_matcher = re.compile(r"-\.?\d")  # what begins so is a value: --yaw -90..-45

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")

    def _parse_optional(self, arg_string: str) -> Any:
        return None if isinstance(arg_string, _Operand) else super()._parse_optional(arg_string)

    def parse_strictly(self, argv: list[str], namespace: argparse.Namespace) -> argparse.Namespace:
        """Parse all of `argv`. UsageError for an option that is not known, with the nearest one that is."""
        if "--" in argv:  # which argparse forgets where options and paths are mixed
            end = argv.index("--") + 1
            argv = [*argv[:end], *map(_Operand, argv[end:])]
        actions = [action for action in self._actions if isinstance(action, argparse._SubParsersAction)]
        parse = self.parse_known_args if actions else self.parse_known_intermixed_args  # paths behind options too
        given, left = parse(argv, namespace)
        unknown = [word for word in left if word != "--"]
        if not unknown:
            return given
        parsers = [self, *(parser for action in actions for parser in action.choices.values())]
        if isinstance(unknown[0], _Operand) or not unknown[0].startswith("-"):
            self.error(f"unexpected argument {unknown[0]}")
        self.refuse(unknown[0], [option for parser in parsers for option in parser._option_string_actions])

    def refuse(self, word: str, known: Iterable[str], hint: str = "") -> NoReturn:
        """UsageError: no such option; it names the nearest of the `known` ones, or else gives the hint."""
        option = word.partition("=")[0]
        near = difflib.get_close_matches(option, known, n=1)
        hint = f"did you mean {near[0]}?" if near else hint
        self.error(f"unknown option {option}" + (f": {hint}" if hint else ""))


def main(argv: list[str] | None = None, **defaults: Any) -> int:
    """Run a command line and return its exit code. Errors are printed as one line; --verbose shows where.

    defaults: what a command's arguments hold beside those that it parses.
    """
    argv = sys.argv[1:] if argv is None else argv
    try:
        return _dispatch(argv, defaults)
    except KeyboardInterrupt:
        again = "the same command again" + (", but without --fresh," if "--fresh" in argv else "")
        _say(f"interrupted: what is finished is kept; run {again} to go on")
        return INTERRUPTED
    except FacepipeError as error:
        _show(str(error), argv)
        return error.exit_code
    except BrokenPipeError:  # `facepipe ... | head`
        return CLOSED_PIPE
    except Exception as error:
        if isinstance(error, FileNotFoundError) and error.filename is None:  # os.getcwd's: of a file it has the name
            _show("the current folder is gone: go to another one", argv)
            return UsageError.exit_code
        _show(f"{in_words(error)} (--verbose shows where; please report it)", argv)
        return 1


def entry(*command: str, **defaults: Any) -> NoReturn:
    """What the `facepipe` script calls: `main`, then the end. command: words that stand before those of the shell.

    The process ends with the command's code; what was given to `atexit` before this is called is not done.
    """
    code: list[int] = []
    atexit.register(_end, code)  # first, so that it is called last
    _use_any_terminal()
    warnings.showwarning = _show_warning
    # Products here are of small matrices, for which a second thread takes more CPU than it saves time; and sums are in
    # one order then, on every machine.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Python looks for cycles whenever 700 objects have come about: a tenth of what a command on many faces takes.
    gc.set_threshold(100_000, 50, 50)
    code.append(main([*command, *sys.argv[1:]], **defaults))
    raise SystemExit(code[0])


def _end(code: list[int]) -> None:
    """End the process at once, if a command came to its code: all is written and closed by now.

    Python would give back every module and object by itself, which takes a third of a second and more of a large run;
    and threads that are still inside native code after a stop would abort it.
    """
    if not code:
        return
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # a closed pipe, a full disk: the code says it
            stream.flush()
    os._exit(code[0])


def _use_any_terminal() -> None:
    """File names are shown as well as the terminal's encoding can; none ends the program, nor does a closed stream."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # or the next file that is opened would be taken for it by native code
            nowhere = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(nowhere, mode, encoding="utf-8", closefd=False))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


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
    if argv and argv[0].startswith("-") and argv[0] not in parser._option_string_actions:
        parser.refuse(argv[0], parser._option_string_actions, "those of a command stand behind it")
    name = parser.parse_args(argv[:1] or ["--help"]).command
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS.names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(COMMANDS.names)}"
        raise UsageError(f"unknown command '{name}': {hint}")
    plugin = COMMANDS[name]
    command: Command = plugin.load()
    own = _Parser(
        prog=f"facepipe {name}",
        description=command.help.strip(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(own)
    own.add_argument("--quiet", action="store_true", help="say nothing but data, warnings and errors")
    own.add_argument("--verbose", action="store_true", help="say more, and where an error comes from")
    args = own.parse_strictly(argv[1:], argparse.Namespace(**defaults))
    from facepipe.console import Console  # here, because the progress bar takes as long to import as all else of help

    run = replace(plugin, target=command.run, must_be=ANYTHING).load()
    return run(args, Console(quiet=args.quiet, verbose=args.verbose))


def _show(line: str, argv: list[str]) -> None:
    if "--verbose" in argv:
        _say(traceback.format_exc().rstrip())
    _say(f"facepipe: {printable(' '.join(line.splitlines()))}")


def _show_warning(message: Warning | str, *where: Any) -> None:
    """What a library warns of, as every other warning is shown: without a line of its source."""
    _say(f"warning: {printable(' '.join(str(message).splitlines()))}")


def _say(line: str) -> None:
    """The exit code says it all where standard error cannot be written."""
    with suppress(OSError):
        print(line, file=sys.stderr)
