"""`facepipe cluster` at work; what can be typed is in arguments/cluster.py."""

import argparse
from dataclasses import replace

from facepipe.commands.settings_options import settings_from
from facepipe.console import Console
from facepipe.job.main import recluster, rehearse
from facepipe.people.changes import changes
from facepipe.people.gallery import read_gallery
from facepipe.people.reference import ReferencePictures
from facepipe.people.written import names_written
from facepipe.results.summary import summary_lines
from facepipe.review.sync import synced
from facepipe.runs.lock import locked
from facepipe.settings import ClusterSettings

SHOWN = 12  # lines on faces that move


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
