"""`facepipe coverage` at work; what can be typed is in arguments/coverage.py."""

import argparse
from collections.abc import Iterator

from facepipe.console import Console
from facepipe.coverage import CLEAR, LARGE_PX, Coverage, coverage_of
from facepipe.files.names import natural_key
from facepipe.looks import LIGHTS, POSES
from facepipe.markdown import markdown_table
from facepipe.people.named import person_named
from facepipe.pose import FRAMINGS
from facepipe.review.sync import synced
from facepipe.words import counted

_MOST = 40  # people who are listed


def run(args: argparse.Namespace, console: Console) -> int:
    table = synced(args.out, console).table()
    rows = table.rows_by_person()
    if args.person:
        name = person_named(args.person, table.people)
        for line in _one(name, coverage_of(table.take(rows[name]))):
            console.data(line)
        return 0
    rows.pop("", None)
    ordered = sorted(rows, key=lambda name: (-len(rows[name]), natural_key(name)))
    lines = [[name, *coverage_of(table.take(rows[name])).cells()] for name in ordered[:_MOST]]
    console.data(markdown_table(["person", *Coverage.HEADER], lines).rstrip())
    if len(ordered) > _MOST:
        console.say(f"and {len(ordered) - _MOST} more, with fewer faces")
    return 0


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
