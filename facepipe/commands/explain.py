"""Say why faces are, or are not, one person: distances, constraints, the step that decided, and who said otherwise.

facepipe explain panel_dataset panel-1a2b3c4d-0000025-0 panel-1a2b3c4d-0000300-1

A face id is the name of the face's picture in people/, without .jpg.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from facepipe.cluster import CLUSTERERS
from facepipe.cluster.explain import explain
from facepipe.console import Console
from facepipe.errors import UsageError
from facepipe.people.decisions import describe, in_force, read
from facepipe.review.sync import synced
from facepipe.run.folder import DECISIONS_NAME
from facepipe.run.table import read_table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", type=Path, metavar="OUT", help="folder of a finished run")
    parser.add_argument("faces", nargs="+", metavar="FACE_ID", help="faces to explain, and each pair of them")


def run(args: argparse.Namespace) -> int:
    console = Console(quiet=args.quiet)
    folder = synced(args.out, console)
    table, people = read_table(args.out)
    rows = {face: row for row, face in enumerate(table.face_id)}
    for face in args.faces:
        if face not in rows:
            raise UsageError(f"{args.out} has no face {face!r}: its pictures in people/ are named by their ids")
    settings = folder.settings().clustering
    clustering = CLUSTERERS.load(settings.cluster)(table, settings)
    chosen = [rows[face] for face in args.faces]
    console.say(explain(table, clustering, chosen, allow_duplicates=settings.allow_duplicates))
    console.say()
    for line in _names(clustering.labels, people):
        console.say(line)
    for decision in in_force(read(args.out / DECISIONS_NAME)):
        touched = [face for face in args.faces if face in decision.faces]
        if touched:
            console.say(f"decided {decision.when}: {describe(decision)}, with {', '.join(touched)}")
    for row in chosen:
        console.say(f"{table.face_id[row]} is in people/{people[row] or 'unknown'}")
    return 0


def _names(labels: np.ndarray, people: list[str]) -> Iterator[str]:
    """Which folders the people are that the clustering numbers."""
    for label in range(int(labels.max(initial=-1)) + 1):
        found = Counter(people[row] or "unknown" for row in np.flatnonzero(labels == label))
        yield f"person {label}: " + ", ".join(f"{count} in people/{name}" for name, count in found.most_common(3))
