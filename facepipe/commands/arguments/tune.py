"""Search the options of a clusterer on a run with ground truth, cross-validated by person.

Examples:
    facepipe tune clip_dataset --truth truth.csv --cluster dbscan
    facepipe tune clip_dataset --truth truth.csv --cluster hac --grid eps=.45,.5,.55 --grid min_csize=1,3

The best in training stands first; its validation score says what to expect of it on other people.
"""

import argparse

from facepipe.cluster import CLUSTERERS
from facepipe.commands.command import Command, add_ground_truth, add_out
from facepipe.evaluate.score import METRICS
from facepipe.files.address import local_path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_out(parser)
    add_ground_truth(parser)
    parser.add_argument("--cluster", default="hac", metavar="NAME", help=f"clusterer: {', '.join(CLUSTERERS.names)}")
    parser.add_argument(
        "--grid", action="append", default=[], metavar="NAME=V,V", help="values to try of an option; may be repeated"
    )
    parser.add_argument("--folds", type=int, default=3, metavar="N", help="parts that the people are divided into")
    parser.add_argument(
        "--metric", default="b_cubed_f_all", choices=METRICS, metavar="NAME", help=f"one of {', '.join(METRICS)}"
    )
    parser.add_argument("--json", type=local_path, metavar="FILE", help="write all trials as JSON")


COMMAND = Command(__doc__, add_arguments, "facepipe.commands.tune:run")
