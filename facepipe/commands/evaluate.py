"""Measure a finished run against truth written by a person: coverage and quality, side by side.

    facepipe eval clip_dataset --truth truth.csv
    facepipe eval clip_dataset --truth truth.csv --table --markdown scores.md

The truth is a CSV with the columns source,frame,person,left,top,right,bottom; a row without a box means the largest
face of its frame. Frames that it does not cover are left out, and counted.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from facepipe.cluster import CLUSTERERS
from facepipe.console import Console
from facepipe.evaluate.ground_truth import read_truth
from facepipe.evaluate.matching import Matching, match
from facepipe.evaluate.score import Scores, labels_of, score, to_markdown
from facepipe.files.atomic import write_text
from facepipe.records import FaceTable
from facepipe.review.sync import synced
from facepipe.run.folder import load_run
from facepipe.run.shards import SUFFIX
from facepipe.run.table import read_table
from facepipe.settings import ClusterSettings

# person-clustering's figure: its own method on each of the features, then on both.
ORIGIN = ClusterSettings(cluster="hac", sim=0.63)
COLUMNS = {
    "Face": replace(ORIGIN, weights=(1.0, 0.0)),
    "Cloth": replace(ORIGIN, weights=(0.0, 1.0)),
    "Face+Cloth": replace(ORIGIN, weights=(1.0, 1.0)),
    "people": ClusterSettings(cluster="people"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", type=Path, metavar="OUT", help="folder of a finished run")
    parser.add_argument(
        "--truth", type=Path, required=True, metavar="CSV", help="who stands where, written by a person"
    )
    parser.add_argument(
        "--table", action="store_true", help="cluster again by face, clothing, both and 'people', and compare"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the scores as JSON")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table as Markdown")


def run(args: argparse.Namespace) -> int:
    truth = read_truth(args.truth)
    synced(args.out, Console(quiet=args.quiet))
    table, people = read_table(args.out)
    matching = match(table, truth, sampled_frames(args.out))
    scores = [score(table, labels_of(people), matching, "this run")]
    if args.table:
        scores += compare(table, matching)
    text = to_markdown(scores)
    print(text, end="")
    if args.markdown:
        write_text(args.markdown, text)
    if args.json:
        write_text(args.json, json.dumps([one.as_dict() for one in scores], indent=1) + "\n")
    return 0


def compare(table: FaceTable, matching: Matching) -> list[Scores]:
    """The table's columns: each method of `COLUMNS`, and `people` without clothing before `people`."""
    faces_only = table.with_(has_cloth=np.zeros(len(table), bool))
    out = []
    for name, settings in COLUMNS.items():
        tables = {name: table}
        if name == "people":
            tables = {"people, face only": faces_only, "people": table}
        for title, chosen in tables.items():
            labels = CLUSTERERS.load(settings.cluster)(chosen, settings).labels
            out.append(score(table, labels, matching, title))
    return out


def sampled_frames(out: Path) -> dict[str, set[int]]:
    """The frames that the run looked at, those without a face too, by source name."""
    folder = load_run(out)
    names = {source.source_id: source.name for source in folder.sources()}
    sampled: dict[str, set[int]] = {}
    for path in sorted(folder.shards().folder.glob(f"*{SUFFIX}")):
        source_id, _, index = path.stem.rpartition("-")
        if source_id in names and index.isdecimal():
            sampled.setdefault(names[source_id], set()).add(int(index))
    return sampled
