"""Look at frames for runs on other machines, until Ctrl-C or the end of the scheduler.

Examples:
    facepipe worker tcp://10.0.0.1:8786
    facepipe worker tcp://10.0.0.1:8786 --workers 8 --map /share=/mnt/share

The folder of the run and its inputs have to be shared with this machine, and the model files the same.
"""

import argparse

from facepipe.commands.command import Command, add_models_dir, add_tls
from facepipe.settings import CORES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("address", metavar="ADDRESS", help="what the scheduler printed")
    parser.add_argument("--workers", type=int, default=CORES, metavar="N", help=f"worker processes (default: {CORES})")
    about = "what is at THERE on the machine of facepipe run is at HERE on this one"
    parser.add_argument("--map", action="append", default=[], metavar="THERE=HERE", help=about)
    add_models_dir(parser)
    add_tls(parser)


COMMAND = Command(__doc__, add_arguments, "facepipe.commands.worker:run")
