"""What a command is, and the arguments that several have."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from facepipe.files.address import local_path, run_folder


@dataclass(frozen=True, slots=True)
class Command:
    """help: its first line, then examples. add_arguments: its own options; --quiet and --verbose are everybody's.

    run: "module:function", given (argparse.Namespace, Console): does it and returns the exit code. Errors:
    FacepipeError. Imported when it is run, so that help, and a word that is wrong, wait for nothing that it works with.
    """

    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: str


def add_out(parser: argparse.ArgumentParser) -> None:
    """The argument that nearly every command has."""
    parser.add_argument("out", type=run_folder, metavar="OUT", help="folder of a run")


class _One(argparse.Action):
    """An option that takes one value: a second one does not quietly take the place of the first."""

    def __call__(self, parser, namespace, value, option_string=None) -> None:
        before = getattr(namespace, self.dest)
        if before not in (None, value):
            parser.error(f"{option_string} takes one name, and was given {before} and {value}")
        setattr(namespace, self.dest, value)


def add_person(
    parser: argparse.ArgumentParser | argparse._ArgumentGroup, about: str, *, required: bool = False
) -> None:
    parser.add_argument("--person", action=_One, required=required, metavar="NAME", help=about)


def add_models_dir(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    parser.add_argument("--models-dir", type=local_path, metavar="DIR", help="folder to look for model files in first")


def add_tls(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    for name, about in (("ca", "certificate authority"), ("cert", "this machine's certificate"), ("key", "its key")):
        parser.add_argument(f"--tls-{name}", type=local_path, metavar="PEM", help=f"with TLS: {about}")


def add_known(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    about = "folder of reference pictures (NAME.jpg, NAME_1.jpg, NAME/*.jpg), to name the people who look like them"
    parser.add_argument("--known", type=local_path, metavar="DIR", help=about)


def add_ground_truth(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    about = "who stands where, written by a person"
    parser.add_argument("--truth", type=local_path, required=required, metavar="CSV", help=about)
