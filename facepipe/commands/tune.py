"""`facepipe tune` at work; what can be typed is in arguments/tune.py."""

import argparse
import json
from dataclasses import fields
from typing import Any

from facepipe.cluster import CLUSTERERS
from facepipe.console import Console
from facepipe.contracts import Clusterer
from facepipe.errors import UsageError
from facepipe.evaluate.ground_truth import read_ground_truth
from facepipe.evaluate.matching import match
from facepipe.evaluate.tune import to_markdown, tune
from facepipe.files.atomic import write_text
from facepipe.options import flag
from facepipe.review.sync import synced
from facepipe.words import quoted


def run(args: argparse.Namespace, console: Console) -> int:
    clusterer: Clusterer = CLUSTERERS.load(args.cluster)()
    grid = parse_grid(args.grid, clusterer) or clusterer.grid
    truth = read_ground_truth(args.truth)
    folder = synced(args.out, console)
    table = folder.table()
    matching = match(table, truth, folder.sampled_frames())
    with console.bar("trying options", "trial") as update:
        trials = tune(table, matching, clusterer, grid, folds=args.folds, metric=args.metric, progress=update)
    console.data(to_markdown(trials, args.metric).rstrip())
    best = " ".join(f"{flag(name)} {value}" for name, value in trials[0].values)
    console.say(f"best in training: facepipe cluster {quoted(args.out)} --cluster {args.cluster} {best}")
    if args.json:
        rows = [{**dict(t.values), "training": t.training, "validation": t.validation} for t in trials]
        write_text(args.json, json.dumps({"metric": args.metric, "trials": rows}, indent=1) + "\n", private=False)
    return 0


def parse_grid(texts: list[str], clusterer: Clusterer) -> dict[str, tuple[Any, ...]]:
    """Options and their values from texts like "eps=.4,.5"; only options that are one number can vary."""
    numeric = {f.name: f.type for f in fields(clusterer) if f.type in (int, float, float | None)}
    grid = {}
    for text in texts:
        name, _, values = text.partition("=")
        name = name.strip().removeprefix("--").replace("-", "_")
        if name not in numeric:
            raise UsageError(
                f"--grid {text}: choose one of {', '.join(numeric)}, such as --grid {next(iter(numeric))}=1,2"
            )
        kind = int if numeric[name] is int else float
        try:
            grid[name] = tuple(kind(value) for value in values.split(","))
        except ValueError:
            raise UsageError(f"--grid {text}: write it like --grid {name}=1,2") from None
    return grid
