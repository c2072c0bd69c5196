"""Measure a finished run against ground truth written by a person: coverage and quality, side by side.

Examples:
    facepipe eval clip_dataset --truth truth.csv
    facepipe eval clip_dataset --truth truth.csv --table --markdown scores.md
    facepipe eval clip_dataset --truth truth.csv --by-group

The truth is a CSV with the columns source,frame,person,left,top,right,bottom; a row without a box means the largest
face of its frame. Frames that it does not cover are left out, and counted.
"""

import argparse
import json
from pathlib import Path

from facepipe.commands.command import Command, add_ground_truth, add_out
from facepipe.console import Console
from facepipe.evaluate import groups
from facepipe.evaluate.compare import compare
from facepipe.evaluate.ground_truth import read_ground_truth
from facepipe.evaluate.matching import match
from facepipe.evaluate.score import labels_of, score, to_markdown
from facepipe.files.atomic import write_text
from facepipe.review.sync import synced


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_out(parser)
    add_ground_truth(parser)
    parser.add_argument(
        "--table", action="store_true", help="cluster again by face, clothing, both and 'people', and compare"
    )
    parser.add_argument(
        "--by-group",
        action="store_true",
        help="for whom it is right: by groups of people who look alike, size, quality",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the scores as JSON")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table as Markdown")


def run(args: argparse.Namespace, console: Console) -> int:
    truth = read_ground_truth(args.truth)
    folder = synced(args.out, console)
    table = folder.table()
    matching = match(table, truth, folder.sampled_frames())
    scores = [score(table, labels_of(table.person), matching, "this run")]
    if args.table:
        scores += compare(table, matching)
    text = to_markdown(scores)
    if args.by_group:
        text += "\n" + groups.to_markdown(groups.for_whom(table, labels_of(table.person), matching))
    console.data(text.rstrip())
    if args.markdown:
        write_text(args.markdown, text, private=False)
    if args.json:
        write_text(args.json, json.dumps([one.as_dict() for one in scores], indent=1) + "\n", private=False)
    return 0


COMMAND = Command(__doc__, add_arguments, run)
