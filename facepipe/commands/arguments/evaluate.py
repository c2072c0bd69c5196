"""Measure a finished run against ground truth written by a person: how good, for whom, and who is wrong.

Examples:
    facepipe eval clip_dataset
    facepipe eval clip_dataset --truth truth.csv
    facepipe eval clip_dataset --truth truth.csv --by-group
    facepipe eval clip_dataset --truth truth.csv --pictures mistakes/
    facepipe eval clip_dataset --truth truth.csv --table --markdown scores.md

Coverage stands beside quality: the share of the faces that is found, and how well those are told apart. The truth is a
CSV with the columns source,frame,person,left,top,right,bottom; a row without a box means the largest face of its
frame. Frames that it does not cover are left out, and counted. Without a truth it says what is expected.
"""

import argparse

from facepipe.commands.command import Command, add_ground_truth, add_out
from facepipe.files.address import local_path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_out(parser)
    add_ground_truth(parser, required=False)
    parser.add_argument(
        "--table", action="store_true", help="cluster again by face, clothing, both and 'people', and compare"
    )
    parser.add_argument(
        "--by-group",
        action="store_true",
        help="for whom it is right: by groups of people who look alike, and by size, pose, light, sharpness, quality",
    )
    parser.add_argument(
        "--worst", type=int, default=5, metavar="N", help="name so many of who is joined or split (default: 5)"
    )
    parser.add_argument("--pictures", type=local_path, metavar="DIR", help="show who is joined, split, missed or extra")
    parser.add_argument("--json", type=local_path, metavar="FILE", help="write the scores, and who is wrong, as JSON")
    parser.add_argument("--markdown", type=local_path, metavar="FILE", help="write what is printed as Markdown")


COMMAND = Command(__doc__, add_arguments, "facepipe.commands.evaluate:run")
