"""`facepipe coverage` at work; what can be typed is in arguments/coverage.py."""

import argparse
import heapq
from collections import Counter
from collections.abc import Iterator, Mapping

from facepipe.console import Console
from facepipe.coverage import CLEAR, LARGE_PX, Coverage, coverage_of
from facepipe.files.names import natural_key
from facepipe.grouping import rows_by
from facepipe.looks import LIGHTS, POSES
from facepipe.markdown import markdown_table
from facepipe.people.named import person_named
from facepipe.pose import FRAMINGS
from facepipe.review.sync import synced
from facepipe.words import counted

_MOST = 40  # people who are listed


def run(args: argparse.Namespace, console: Console) -> int:
    table = synced(args.out, console).table()
    faces = Counter(table.person)
    del faces[""]
    shown = [person_named(args.person, faces)] if args.person else _most_seen(faces)
    wanted = {*shown}
    rows = rows_by(name if name in wanted else "" for name in table.person)
    seen = {name: coverage_of(table, rows[name]) for name in shown}
    if args.person:
        for line in _one(shown[0], seen[shown[0]]):
            console.data(line)
        return 0
    console.data(markdown_table(["person", *Coverage.HEADER], [[name, *seen[name].cells()] for name in shown]).rstrip())
    if len(faces) > len(shown):
        console.say(f"and {len(faces) - len(shown)} more, with fewer faces")
    return 0


def _most_seen(faces: Mapping[str, int]) -> list[str]:
    """The people who are listed, those with most faces first."""
    least = min(heapq.nlargest(_MOST, faces.values()), default=0)
    some = (name for name, n in faces.items() if n >= least)
    return sorted(some, key=lambda name: (-faces[name], natural_key(name)))[:_MOST]


def _one(name: str, seen: Coverage) -> Iterator[str]:
    """What there is of somebody, and what there is little of."""
    yield f"{name}: {counted(seen.faces, 'face')}, {counted(seen.shots, 'shot')}, {counted(seen.sources, 'file')}"
    for title, names, counts in (
        ("poses", POSES, seen.poses),
        ("framings", FRAMINGS, seen.framings),
        ("light", LIGHTS, seen.lights),
    ):
        yield f"{title:10}" + ", ".join(f"{kind} {n}" for kind, n in zip(names, counts, strict=True))
    clothes = f"{seen.outfits} in {counted(seen.dressed, 'shot')} that show clothing" if seen.dressed else "none seen"
    yield f"outfits   {clothes}"
    yield f"large     {seen.large} of {LARGE_PX} px or more, {seen.clear} clear (quality {CLEAR:g} or more)"
    yield "missing   " + (", ".join(seen.missing()) or "nothing: three or more of each")
    if seen.only():
        yield "only      " + ", ".join(seen.only())
    if not any(seen.poses):
        yield "note: the detector does not tell how faces are turned; yunet and centerface do"
    if not any(seen.lights):
        yield "note: the run is from before light was measured; a new one (--fresh) tells"
