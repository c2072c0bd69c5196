"""Turn videos and photos into a labelled person dataset: a folder a person, crops, montages, annotations, a report.

Examples:
    facepipe run clip.mp4 --threads 4
    facepipe run holiday/ party.mov --interval 0.5 --out people_dataset
    facepipe run --images ~/Pictures --with-videos --known family/ --out pictures_dataset

Stopped or killed, the same command goes on where it was.
"""

import argparse
from pathlib import Path

from facepipe.commands.command import Command, add_models_dir
from facepipe.commands.settings_options import add_settings, settings_from
from facepipe.console import Console
from facepipe.job import graphs
from facepipe.job.main import run as run_job
from facepipe.job.request import Job
from facepipe.people.gallery import KNOWN_HELP
from facepipe.results.summary import summary_lines
from facepipe.settings import CORES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "facepipe run [PATH ...] [--video PATH ...] [--images PATH ...] [--out DIR] [options]"
    inputs = parser.add_argument_group("input and output")
    several = {"nargs": "+", "action": "extend", "type": Path, "default": [], "metavar": "PATH"}
    inputs.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="videos and photos, or folders of them, with subfolders"
    )
    inputs.add_argument("--video", help="videos, or folders of them: photos in there do not count", **several)
    inputs.add_argument("--images", help="photos, or folders of them: videos in there do not count", **several)
    inputs.add_argument(
        "--with-videos", action=argparse.BooleanOptionalAction, default=False, help="in --images folders they do"
    )
    inputs.add_argument("--known", type=Path, metavar="DIR", help=KNOWN_HELP)
    about = "take the names that other programs have written into photos or sidecars (XMP face regions)"
    inputs.add_argument("--xmp-names", action=argparse.BooleanOptionalAction, default=False, help=about)
    inputs.add_argument("--out", type=Path, metavar="DIR", help="output folder (default: <first input>_dataset)")
    inputs.add_argument("--fresh", action="store_true", help="start over: first remove what an earlier run wrote there")
    add_models_dir(inputs)
    work = parser.add_argument_group("work")
    work.add_argument("--threads", type=int, default=CORES, metavar="N", help=f"worker threads (default: {CORES})")
    add_settings(parser, "sampling", "detection", "encoding", "clustering", "output")


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


COMMAND = Command(__doc__, add_arguments, run)
