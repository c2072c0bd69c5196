"""`facepipe run` at work; what can be typed is in arguments/run.py."""

import argparse

from facepipe.commands.settings_options import settings_from
from facepipe.console import Console
from facepipe.job import graphs
from facepipe.job.main import run as run_job
from facepipe.job.request import Job
from facepipe.results.summary import summary_lines


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
        fresh=args.fresh,
        models_dir=args.models_dir,
    )
    wiring = graphs.Graphs(
        getattr(args, "frames_graph", None) or graphs.frames_graph,
        getattr(args, "people_graph", None) or graphs.people_graph,
    )
    folder = run_job(job, console, wiring)
    for line in summary_lines(folder, console.verbose):
        console.show(line)
    return 0
