"""Be the scheduler that hands work to the workers of other machines, until Ctrl-C.

Examples:
    facepipe scheduler
    facepipe scheduler --host 10.0.0.1 --tls-ca ca.pem --tls-cert me.pem --tls-key me.key

It prints its address, which facepipe run and facepipe worker take. Whoever can reach it can run programs as you: it
listens on this machine's loopback interface unless --host says otherwise.
"""

import argparse

from facepipe.commands.command import Command, add_tls

LOOPBACK = "127.0.0.1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--host", default=LOOPBACK, metavar="IP", help="address to listen at (default: this machine alone)"
    )
    parser.add_argument("--port", type=int, default=8786, metavar="N", help="port to listen on (default: 8786)")
    add_tls(parser)


COMMAND = Command(__doc__, add_arguments, "facepipe.commands.scheduler:run")
