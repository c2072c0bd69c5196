"""`facepipe models` at work; what can be typed is in arguments/models.py."""

import argparse

from facepipe import models
from facepipe.console import Console
from facepipe.errors import ModelError, UsageError
from facepipe.models.catalogue import catalogue, model_named
from facepipe.models.locate import pull_folder
from facepipe.models.model import Model
from facepipe.models.pull import pull


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
