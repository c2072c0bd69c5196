"""Turn videos and photos into a labelled person dataset: a folder a person, crops, montages, annotations, a report.

    facepipe run --video clip.mp4 --threads 4
    facepipe run --video holiday/ party.mov --interval 0.5 --out people_dataset
    facepipe run --images ~/Pictures --with-videos --known family/ --out pictures_dataset

Stopped or killed, the same command goes on where it was.
"""

import argparse
from pathlib import Path

from facepipe.commands.options import add_settings, settings_from
from facepipe.console import Console
from facepipe.job.main import run as run_job
from facepipe.job.request import Job
from facepipe.people.gallery import KNOWN_HELP
from facepipe.results.summary import summary_lines
from facepipe.settings import CORES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "facepipe run [--video PATH ...] [--images PATH ...] [--out DIR] [options]"
    inputs = parser.add_argument_group("input and output")
    inputs.add_argument(
        "--video", nargs="+", type=Path, default=(), metavar="PATH", help="video files, or folders of them"
    )
    inputs.add_argument(
        "--images", nargs="+", type=Path, default=(), metavar="PATH", help="photos, or folders of them, with subfolders"
    )
    inputs.add_argument("--with-videos", action="store_true", help="videos in the --images folders count too")
    inputs.add_argument("--known", type=Path, metavar="DIR", help=KNOWN_HELP)
    inputs.add_argument("--out", type=Path, metavar="DIR", help="output folder (default: <first input>_dataset)")
    inputs.add_argument("--fresh", action="store_true", help="start over: first remove what an earlier run wrote there")
    inputs.add_argument("--models-dir", type=Path, metavar="DIR", help="folder to look for model files in first")
    work = parser.add_argument_group("work")
    work.add_argument("--threads", type=int, default=CORES, metavar="N", help=f"worker threads (default: {CORES})")
    add_settings(parser, "sampling", "detection", "encoding", "clustering", "output")


def run(args: argparse.Namespace) -> int:
    console = Console(quiet=args.quiet)
    job = Job(
        inputs=tuple(args.video),
        images=tuple(args.images),
        with_videos=args.with_videos,
        known=args.known,
        out=args.out,
        settings=settings_from(args),
        threads=args.threads,
        fresh=args.fresh,
        models_dir=args.models_dir,
    )
    folder = run_job(job, console)
    for line in summary_lines(folder, args.verbose):
        console.say(line)
    return 0
