"""`facepipe run` at work; what can be typed is in arguments/run.py."""

import argparse
from collections.abc import Callable

from facepipe.commands.settings_options import settings_from
from facepipe.console import Console
from facepipe.errors import UsageError
from facepipe.job import graphs
from facepipe.job.encoding import Engine
from facepipe.job.main import run as run_job
from facepipe.job.request import Job
from facepipe.registry import Plugin
from facepipe.results.summary import summary_lines
from facepipe.settings import check_at_work


def run(args: argparse.Namespace, console: Console) -> int:
    job = Job(
        paths=tuple(args.paths),
        videos=tuple(args.video),
        images=tuple(args.images),
        with_videos=args.with_videos,
        known=args.known,
        xmp_names=args.xmp_names,
        out=args.out,
        settings=settings_from(args),
        threads=args.threads,
        shards=args.shards,
        fresh=args.fresh,
        models_dir=args.models_dir,
    )
    wiring = graphs.Graphs(
        getattr(args, "frames_graph", None) or graphs.frames_graph,
        getattr(args, "people_graph", None) or graphs.people_graph,
    )
    folder = run_job(job, console, wiring, _engine(args))
    for line in summary_lines(folder, console.verbose):
        console.show(line)
    return 0


def _engine(args: argparse.Namespace) -> Engine | None:
    """What looks at the frames, if not this process's threads. UsageError: none can be, or its package is missing."""
    tls = args.tls_ca, args.tls_cert, args.tls_key
    if any(tls) and args.cluster_address is None:
        raise UsageError("--tls-ca, --tls-cert and --tls-key mean nothing without --cluster-address")
    if args.cluster_address is not None:
        if args.workers is not None:
            raise UsageError("--workers are this machine's, --cluster-address has others: leave one out")
        return _made_by("--cluster-address", "workers_at")(args.cluster_address, *tls)
    if args.workers is None:
        return None
    check_at_work("--workers", args.workers)
    return _made_by("--workers", "workers_here")(args.workers)


def _made_by(option: str, function: str) -> Callable[..., Engine]:
    return Plugin(option, f"facepipe.machines.engine:{function}", extra="cluster").load()
