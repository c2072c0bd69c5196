"""Make people anew from the faces of a finished run, with another method or other thresholds; nothing is encoded again.

Examples:
    facepipe cluster panel_dataset --cluster dbscan --eps 0.45
    facepipe cluster panel_dataset --known family/
"""

import argparse
from dataclasses import replace
from pathlib import Path

from facepipe.commands.command import Command, add_models_dir, add_out
from facepipe.commands.settings_options import add_settings, settings_from
from facepipe.console import Console
from facepipe.job.main import recluster
from facepipe.people.gallery import KNOWN_HELP, read_gallery
from facepipe.people.reference import ReferencePictures
from facepipe.results.summary import summary_lines
from facepipe.review.sync import synced
from facepipe.runs.lock import locked
from facepipe.settings import ClusterSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_out(parser)
    parser.add_argument("--known", type=Path, metavar="DIR", help=KNOWN_HELP)
    add_models_dir(parser)
    add_settings(parser, "clustering", "output")


def run(args: argparse.Namespace, console: Console) -> int:
    with locked(args.out):
        folder = synced(args.out, console)
        # Thresholds start from their defaults again: those of the last method say nothing about another one.
        settings = settings_from(args, replace(folder.settings, clustering=ClusterSettings()))
        gallery = None
        if args.known is not None:
            gallery = read_gallery(args.known, ReferencePictures.of_run(folder, args.models_dir), console.warn)
        recluster(folder, settings, console, gallery)
    for line in summary_lines(folder, console.verbose):
        console.show(line)
    return 0


COMMAND = Command(__doc__, add_arguments, run)
