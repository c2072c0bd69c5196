"""`facepipe eval` at work; what can be typed is in arguments/evaluate.py."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from facepipe.console import Console
from facepipe.errors import NoFaceFound, UsageError
from facepipe.evaluate import mistakes, parts, score
from facepipe.evaluate.compare import compare
from facepipe.evaluate.conditions import divisions
from facepipe.evaluate.ground_truth import read_ground_truth
from facepipe.evaluate.matching import match
from facepipe.evaluate.sheets import Sheet, sheets_of
from facepipe.export.folder import check_outside, replacing
from facepipe.files.atomic import write_text
from facepipe.files.target import Target
from facepipe.markdown import markdown_table
from facepipe.options import flag
from facepipe.questions.estimate import estimate
from facepipe.review.sync import synced
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import EXPORT
from facepipe.settings import CORES
from facepipe.version import __version__
from facepipe.words import counted

_PICTURES = "mistakes"  # what the export is called in the run and in its own list


def run(args: argparse.Namespace, console: Console) -> int:
    if args.worst < 0:
        raise UsageError(f"--worst {args.worst}: must be at least 0")
    if args.truth is None:
        return _expected(args, console)
    truth = read_ground_truth(args.truth)
    folder = synced(args.out, console)
    if args.pictures:
        check_outside(folder.path, args.pictures, "--pictures")
    table = folder.table()
    labels, matching = score.labels_of(table.person), match(table, truth, folder.sampled_frames())
    if not matching.expected:
        console.warn("the truth has no face in any frame that was looked at, so nothing is judged", keep=None)
    scores = [score.score(table, labels, matching, "this run")]
    if args.table:
        scores += compare(table, matching)
    wrong = mistakes.find_mistakes(table, matching)
    texts = [score.to_markdown(scores)]
    answer = {"scores": [one.as_dict() for one in scores], **wrong.as_dict()}
    if args.by_group:
        by_part = parts.by_part(matching, labels, divisions(folder, table, matching))
        texts.append(parts.to_markdown(by_part))
        answer["parts"] = [one.as_dict() for one in by_part]
    if args.worst:
        texts.append(mistakes.to_markdown(wrong, args.worst))
    text = "\n".join(texts)
    console.data(text.rstrip())
    if args.markdown:
        write_text(args.markdown, text, private=False)
    if args.json:
        write_text(args.json, json.dumps(answer, indent=1) + "\n", private=False)
    if args.pictures:
        _write(folder, sheets_of(folder, table, matching, wrong), args.pictures, console)
    return 0


_MANY = 0.1  # of all faces: so many unknown ones hide a lot


def _expected(args: argparse.Namespace, console: Console) -> int:
    """Without labels: what the probabilities of mistakes come to."""
    for name in ("table", "by_group", "pictures"):
        if getattr(args, name):
            raise UsageError(f"{flag(name)} needs --truth: nobody has said who is who")
    table = synced(args.out, console).table()
    if not len(table):
        raise NoFaceFound(f"no face was found in {args.out}, so there is nothing to expect")
    found, unknown = estimate(table), table.person.count("")
    rows = [
        ("expected B-cubed precision", f"{found.precision:.3f}"),
        ("expected B-cubed recall", f"{found.recall:.3f}"),
        ("**expected B-cubed F**", f"{found.f:.3f}"),
        ("faces expected with somebody else", f"{found.wrong:.1f}"),
    ]
    text = markdown_table(["all faces, unknown ones alone", "without labels"], rows)
    console.data(text.rstrip())
    console.say("of the faces that were found; labels tell more surely: --truth CSV. What to look at: facepipe suggest")
    if unknown > _MANY * len(table):
        whose = f"{counted(unknown, 'face')} of {len(table)} are unknown"
        console.warn(f"{whose}: which of these are one person is not looked at, so all this is too hopeful", keep=None)
    if args.markdown:
        write_text(args.markdown, text, private=False)
    if args.json:
        write_text(args.json, json.dumps({"expected": {**asdict(found), "f": found.f}}, indent=1) + "\n", private=False)
    return 0


def _write(folder: RunFolder, sheets: Sequence[Sheet], to: Path, console: Console) -> None:
    """Write the sheets into a folder that is new, empty, or holds those of an earlier call, which go."""
    if not sheets and not (to / EXPORT).is_file():
        console.say("nothing is wrong: no picture was written")
        return
    names = [sheet.name for sheet in sheets]
    faces = sorted(frozenset().union(*(sheet.faces for sheet in sheets)))
    facts = {"facepipe": __version__, "request": {"format": _PICTURES}, "faces": faces}
    with replacing(folder, to, names, facts, "--pictures"), Target(to, threads=CORES) as target:
        for sheet in sheets:
            target.jpeg(sheet.name, sheet.draw, quality=90)
    console.say(f"{counted(len(sheets), 'picture')} written to {to}")
