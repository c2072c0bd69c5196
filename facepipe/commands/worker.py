"""`facepipe worker` at work; what can be typed is in arguments/worker.py."""

import argparse

from facepipe.console import Console
from facepipe.errors import UsageError
from facepipe.machines.assignment import places
from facepipe.machines.network import Tls, serve_workers
from facepipe.models.locate import FOLDER_VARIABLE


def run(args: argparse.Namespace, console: Console) -> int:
    if args.workers < 1:
        raise UsageError(f"--workers {args.workers}: must be at least 1")
    environment = places(args.map)
    if args.models_dir is not None:
        environment[FOLDER_VARIABLE] = str(args.models_dir.resolve())
    serve_workers(args.address, args.workers, Tls(args.tls_ca, args.tls_cert, args.tls_key), environment, console.data)
    return 0
