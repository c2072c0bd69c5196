"""`facepipe scheduler` at work; what can be typed is in arguments/scheduler.py."""

import argparse

from facepipe.commands.arguments.scheduler import LOOPBACK
from facepipe.console import Console
from facepipe.machines.network import Tls, serve_scheduler


def run(args: argparse.Namespace, console: Console) -> int:
    if args.host != LOOPBACK and args.tls_ca is None:
        console.warn(
            f"whoever can reach {args.host}:{args.port} can run programs as you: trust that network, or use TLS"
        )
    serve_scheduler(args.host, args.port, Tls(args.tls_ca, args.tls_cert, args.tls_key), console.data)
    return 0
