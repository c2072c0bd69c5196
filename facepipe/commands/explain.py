"""`facepipe explain` at work; what can be typed is in arguments/explain.py."""

import argparse
from pathlib import Path

from facepipe.cluster.explain import explain
from facepipe.console import Console
from facepipe.errors import UsageError
from facepipe.people.decisions import describe, in_force, replay
from facepipe.people.log import read_log
from facepipe.review.sync import synced
from facepipe.runs.layout import face_and_cut


def run(args: argparse.Namespace, console: Console) -> int:
    folder = synced(args.out, console)
    log = read_log(folder)
    table = folder.table().with_(told=replay(log).told)
    rows = {face: row for row, face in enumerate(table.face_id)}
    faces = [_face(name) for name in args.faces]
    for face, name in zip(faces, args.faces, strict=True):
        if face not in rows:
            raise UsageError(f"{args.out} has no face {name!r}: its pictures in people/ are named by their ids")
    clusterer = folder.settings.clustering.cluster
    chosen = [rows[face] for face in faces]
    console.data(explain(table, clusterer.cluster(table), chosen, allow_duplicates=clusterer.allow_duplicates))
    console.data("")
    for decision in in_force(log):
        touched = [face for face in faces if face in decision.faces + decision.others]
        if touched:
            console.data(f"decided {decision.when}: {describe(decision)}, with {', '.join(touched)}")
    for row in chosen:
        console.data(f"{table.face_id[row]} is in people/{table.person[row] or 'unknown'}")
    return 0


def _face(name: str) -> str:
    """The face id that a picture's path stands for, or that is given."""
    return face_and_cut(Path(name).name)[0] or name
