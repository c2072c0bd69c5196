"""What a command is."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from facepipe.console import Console


@dataclass(frozen=True, slots=True)
class Command:
    """help: its first line, then examples. add_arguments: its own options; --quiet and --verbose are everybody's.
    run: does it and returns the exit code. Errors: FacepipeError."""

    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Console], int]


def add_out(parser: argparse.ArgumentParser) -> None:
    """The argument that nearly every command has."""
    parser.add_argument("out", type=Path, metavar="OUT", help="folder of a run")


def add_models_dir(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    parser.add_argument("--models-dir", type=Path, metavar="DIR", help="folder to look for model files in first")


def add_ground_truth(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    about = "who stands where, written by a person"
    parser.add_argument("--truth", type=Path, required=required, metavar="CSV", help=about)
