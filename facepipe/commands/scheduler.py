"""`facepipe scheduler` at work; what can be typed is in arguments/scheduler.py."""

import argparse

from facepipe.commands.arguments.scheduler import LOOPBACK
from facepipe.console import Console
from facepipe.errors import UsageError
from facepipe.machines.network import Tls, serve_scheduler

_LAST_PORT = 65535  # of larger numbers the system takes the last 16 bits


def run(args: argparse.Namespace, console: Console) -> int:
    if ":" in args.host:
        raise UsageError(f"--host {args.host}: must be a name or an IPv4 address, without a port")
    if not 0 <= args.port <= _LAST_PORT:
        raise UsageError(f"--port {args.port}: must be from 0, any free one, to {_LAST_PORT}")
    if args.host != LOOPBACK and args.tls_ca is None:
        console.warn(
            f"whoever can reach {args.host}:{args.port} can run programs as you: trust that network, or use TLS"
        )
    serve_scheduler(args.host, args.port, Tls(args.tls_ca, args.tls_cert, args.tls_key), console.data)
    return 0
