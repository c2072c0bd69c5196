"""Say why faces are, or are not, one person: distances, constraints, the step that decided, and who said otherwise.

Examples:
    facepipe explain panel_dataset panel-1a2b3c4d-0000025-0 panel-1a2b3c4d-0000300-1

A face id is the name of the face's picture in people/, without .jpg.
"""

import argparse
from collections import Counter
from collections.abc import Iterator

import numpy as np

from facepipe.cluster.explain import explain
from facepipe.commands.command import Command, add_out
from facepipe.console import Console
from facepipe.errors import UsageError
from facepipe.people.decisions import describe, in_force
from facepipe.people.log import read_log
from facepipe.review.sync import synced
from facepipe.table import FaceTable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_out(parser)
    parser.add_argument("faces", nargs="+", metavar="FACE_ID", help="faces to explain, and each pair of them")


def run(args: argparse.Namespace, console: Console) -> int:
    folder = synced(args.out, console)
    table = folder.table()
    rows = {face: row for row, face in enumerate(table.face_id)}
    for face in args.faces:
        if face not in rows:
            raise UsageError(f"{args.out} has no face {face!r}: its pictures in people/ are named by their ids")
    clusterer = folder.settings.clustering.cluster
    clustering = clusterer.cluster(table)
    chosen = [rows[face] for face in args.faces]
    console.data(explain(table, clustering, chosen, allow_duplicates=clusterer.allow_duplicates))
    console.data("")
    for line in _names(clustering.labels, table):
        console.data(line)
    for decision in in_force(read_log(folder)):
        touched = [face for face in args.faces if face in decision.faces]
        if touched:
            console.data(f"decided {decision.when}: {describe(decision)}, with {', '.join(touched)}")
    for row in chosen:
        console.data(f"{table.face_id[row]} is in people/{table.person[row] or 'unknown'}")
    return 0


def _names(labels: np.ndarray, table: FaceTable) -> Iterator[str]:
    """Which folders the people are that the clustering numbers."""
    for label in range(int(labels.max(initial=-1)) + 1):
        found = Counter(table.person[row] or "unknown" for row in np.flatnonzero(labels == label))
        yield f"person {label}: " + ", ".join(f"{count} in people/{name}" for name, count in found.most_common(3))


COMMAND = Command(__doc__, add_arguments, run)
