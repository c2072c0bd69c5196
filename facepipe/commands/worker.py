"""`facepipe worker` at work; what can be typed is in arguments/worker.py."""

import argparse

from facepipe.console import Console
from facepipe.machines.assignment import places
from facepipe.machines.network import Tls, serve_workers
from facepipe.models.locate import FOLDER_VARIABLE, check_folder
from facepipe.settings import check_at_work


def run(args: argparse.Namespace, console: Console) -> int:
    check_at_work("--workers", args.workers)
    environment = places(args.map)
    if args.models_dir is not None:
        check_folder(args.models_dir)
        environment[FOLDER_VARIABLE] = str(args.models_dir.resolve())
    serve_workers(args.address, args.workers, Tls(args.tls_ca, args.tls_cert, args.tls_key), environment, console.data)
    return 0
