"""Search the settings of a clusterer on a run with truth, cross-validated by person.

    facepipe tune clip_dataset --truth truth.csv --cluster dbscan
    facepipe tune clip_dataset --truth truth.csv --cluster hac --grid eps=.45,.5,.55 --grid min_csize=1,3

The best in training stands first; its validation score says what to expect of it on other people.
"""

import argparse
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from facepipe.cluster import CLUSTERERS
from facepipe.commands.evaluate import sampled_frames
from facepipe.console import Console
from facepipe.errors import UsageError
from facepipe.evaluate.ground_truth import read_truth
from facepipe.evaluate.matching import match
from facepipe.evaluate.score import FIGURES
from facepipe.evaluate.tune import GRIDS, to_markdown, tune
from facepipe.files.atomic import write_text
from facepipe.review.sync import synced
from facepipe.run.table import read_table
from facepipe.settings import ClusterSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", type=Path, metavar="OUT", help="folder of a finished run")
    parser.add_argument(
        "--truth", type=Path, required=True, metavar="CSV", help="who stands where, written by a person"
    )
    parser.add_argument("--cluster", default="hac", metavar="NAME", help=f"clusterer: {', '.join(CLUSTERERS.names)}")
    parser.add_argument(
        "--grid", action="append", default=[], metavar="NAME=V,V", help="values to try of a setting; may be repeated"
    )
    parser.add_argument("--folds", type=int, default=3, metavar="N", help="parts that the people are divided into")
    parser.add_argument(
        "--figure", default="b_cubed_f_all", choices=FIGURES, metavar="NAME", help=f"one of {', '.join(FIGURES)}"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all trials as JSON")


def run(args: argparse.Namespace) -> int:
    clusterer = CLUSTERERS.load(args.cluster)
    grid = parse_grid(args.grid) or GRIDS.get(args.cluster, {})
    truth = read_truth(args.truth)
    console = Console(quiet=args.quiet)
    synced(args.out, console)
    table, _ = read_table(args.out)
    matching = match(table, truth, sampled_frames(args.out))
    settings = ClusterSettings(cluster=args.cluster)
    with console.bar("trying settings", "trial") as update:
        trials = tune(table, matching, clusterer, settings, grid, folds=args.folds, figure=args.figure, progress=update)
    print(to_markdown(trials, args.figure), end="")
    best = " ".join(f"--{name.replace('_', '-')} {value}" for name, value in trials[0].values)
    print(f"best in training: --cluster {args.cluster} {best}")
    if args.json:
        rows = [{**dict(t.values), "training": t.training, "validation": t.validation} for t in trials]
        write_text(args.json, json.dumps({"figure": args.figure, "trials": rows}, indent=1) + "\n")
    return 0


def parse_grid(texts: list[str]) -> dict[str, tuple[Any, ...]]:
    """Settings and their values from texts like "eps=.4,.5"; only settings that are one number can vary."""
    numeric = {f.name: f.type for f in fields(ClusterSettings) if f.type in (int, float, float | None)}
    grid = {}
    for text in texts:
        name, _, values = text.partition("=")
        name = name.strip().removeprefix("--").replace("-", "_")
        if name not in numeric:
            raise UsageError(f"--grid {text}: choose one of {', '.join(numeric)}, such as --grid eps=.4,.5")
        kind = int if numeric[name] is int else float
        try:
            grid[name] = tuple(kind(value) for value in values.split(","))
        except ValueError:
            raise UsageError(f"--grid {text}: write it like --grid eps=.4,.5") from None
    return grid
