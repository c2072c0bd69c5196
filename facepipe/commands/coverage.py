"""`facepipe coverage` at work; what can be typed is in arguments/coverage.py."""

import argparse
from collections.abc import Iterator

import numpy as np

from facepipe.console import Console
from facepipe.files.names import natural_key
from facepipe.looks import POSES, poses_of
from facepipe.markdown import markdown_table
from facepipe.people.named import person_named
from facepipe.pose import FRAMINGS
from facepipe.review.sync import synced
from facepipe.table import FaceTable
from facepipe.words import counted

_FEW = 3  # faces of a kind: more of them would help
_LARGE_PX = 112  # side of a face that recognisers take without enlarging it
_CLEAR = 0.5  # quality
_MOST = 40  # people who are listed


def run(args: argparse.Namespace, console: Console) -> int:
    table = synced(args.out, console).table()
    if args.person:
        name = person_named(args.person, table.people)
        for line in _one(name, table.take(table.rows_by_person()[name])):
            console.data(line)
        return 0
    rows = table.rows_by_person()
    rows.pop("", None)
    ordered = sorted(rows, key=lambda name: (-len(rows[name]), natural_key(name)))
    lines = [[name, *map(str, _counts(table.take(rows[name])))] for name in ordered[:_MOST]]
    console.data(markdown_table(["person", "faces", *POSES, *FRAMINGS, "large", "clear", "shots"], lines).rstrip())
    if len(ordered) > _MOST:
        console.say(f"and {len(ordered) - _MOST} more, with fewer faces")
    return 0


def _counts(faces: FaceTable) -> list[int]:
    poses, framings = _by_pose(faces), _by_framing(faces)
    return [len(faces), *poses, *framings, int(_large(faces).sum()), int(_clear(faces).sum()), len(set(faces.shot))]


def _one(name: str, faces: FaceTable) -> Iterator[str]:
    """What there is of somebody, and what there is little of."""
    sources, shots = len(set(faces.source)), len(set(faces.shot.tolist()))
    yield f"{name}: {counted(len(faces), 'face')}, {counted(shots, 'shot')}, {counted(sources, 'file')}"
    poses, framings = _by_pose(faces), _by_framing(faces)
    yield "poses     " + ", ".join(f"{pose} {n}" for pose, n in zip(POSES, poses, strict=True))
    yield "framings  " + ", ".join(f"{kind} {n}" for kind, n in zip(FRAMINGS, framings, strict=True))
    large, clear = int(_large(faces).sum()), int(_clear(faces).sum())
    yield f"large     {large} of {_LARGE_PX} px or more, {clear} clear (quality {_CLEAR:g} or more)"
    lacking = [pose for pose, n in zip(POSES, poses, strict=True) if n < _FEW] if sum(poses) else []
    lacking += [kind for kind, n in zip(FRAMINGS, framings, strict=True) if n < _FEW]
    lacking += [what for what, n in (("large faces", large), ("clear faces", clear), ("shots", shots)) if n < _FEW]
    yield "missing   " + (", ".join(lacking) if lacking else "nothing: three or more of each")
    if not sum(poses):
        yield "note: the detector does not tell how faces are turned; yunet and centerface do"


def _by_pose(faces: FaceTable) -> list[int]:
    poses = poses_of(faces)
    return np.bincount(poses[poses >= 0], minlength=len(POSES)).tolist()


def _by_framing(faces: FaceTable) -> list[int]:
    return [faces.framing.count(kind) for kind in FRAMINGS]


def _large(faces: FaceTable) -> np.ndarray:
    return (faces.box_ltrb[:, 2:] - faces.box_ltrb[:, :2]).min(axis=1, initial=1 << 30) >= _LARGE_PX


def _clear(faces: FaceTable) -> np.ndarray:
    return faces.quality >= _CLEAR
