"""Make people anew from the faces of a finished run, with another method or other thresholds; nothing is encoded again.

facepipe cluster panel_dataset --cluster dbscan --eps 0.45
facepipe cluster panel_dataset --known family/
"""

import argparse
from dataclasses import replace
from pathlib import Path

from facepipe.commands.options import add_settings, settings_from
from facepipe.console import Console
from facepipe.job.main import recluster
from facepipe.people.gallery import KNOWN_HELP, read_known
from facepipe.people.reference import FacePictures
from facepipe.results.summary import summary_lines
from facepipe.review.sync import synced
from facepipe.run.lock import locked
from facepipe.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", type=Path, metavar="OUT", help="folder of a run")
    parser.add_argument("--known", type=Path, metavar="DIR", help=KNOWN_HELP)
    parser.add_argument("--models-dir", type=Path, metavar="DIR", help="folder to look for model files in first")
    add_settings(parser, "clustering", "output")


def run(args: argparse.Namespace) -> int:
    console = Console(quiet=args.quiet)
    with locked(args.out):
        folder = synced(args.out, console)
        # Thresholds start from their defaults again: those of the last method say nothing about another one.
        base = replace(folder.settings(), clustering=Settings().clustering)
        known = None
        if args.known is not None:
            known = read_known(args.known, FacePictures.of_run(folder, args.models_dir), console.warn)
        recluster(folder, settings_from(args, base), console, known)
    for line in summary_lines(folder, args.verbose):
        console.say(line)
    return 0
