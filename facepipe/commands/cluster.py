"""Make people anew from the faces of a finished run; nothing is encoded again. What you said binds it.

Examples:
    facepipe cluster panel_dataset --dry-run
    facepipe cluster panel_dataset --cluster dbscan --eps 0.45
    facepipe cluster panel_dataset --known family/

--dry-run says what would change, and changes nothing.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from facepipe.commands.command import Command, add_models_dir, add_out
from facepipe.commands.settings_options import add_settings, settings_from
from facepipe.console import Console
from facepipe.job.main import recluster, rehearse
from facepipe.people.changes import changes
from facepipe.people.gallery import KNOWN_HELP, read_gallery
from facepipe.people.reference import ReferencePictures
from facepipe.people.written import names_written
from facepipe.results.summary import summary_lines
from facepipe.review.sync import synced
from facepipe.runs.lock import locked
from facepipe.settings import ClusterSettings

SHOWN = 12  # lines on faces that move


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_out(parser)
    parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
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
        if args.dry_run:
            after = rehearse(folder, settings, console, gallery)
            for line in changes(names_written(folder) or {}, after).lines(SHOWN):
                console.data(line)
            return 0
        recluster(folder, settings, console, gallery)
    for line in summary_lines(folder, console.verbose):
        console.show(line)
    return 0


COMMAND = Command(__doc__, add_arguments, run)
