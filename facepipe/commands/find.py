"""Find everything in which somebody appears: copy the photos, cut the stretches of video, or list both.

    facepipe find pictures_dataset --person Ada --to ada/ --clips
    facepipe find pictures_dataset --together Ada Ben --list
    facepipe find pictures_dataset --like portrait.jpg --list

Nothing in the folder given with --to is ever overwritten, and what is there already is not copied again.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from facepipe.console import Console
from facepipe.errors import FacepipeError, InputError, UsageError
from facepipe.find.appearances import Appearance, appearances, person_named, widened
from facepipe.find.clips import SUFFIX, cut_clip
from facepipe.find.example import LIKE, faces_by_distance, people_by_distance
from facepipe.find.originals import copy_original, placed, prepare_folder
from facepipe.people.reference import FacePictures
from facepipe.records import FaceTable, Source
from facepipe.review.sync import synced
from facepipe.run.folder import RunFolder
from facepipe.run.table import read_table
from facepipe.timespans import clock

_MOST = 5  # nearest people and faces that --like prints


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "facepipe find OUT (--person NAME | --together NAME ... | --like FILE) (--to DIR | --list) [options]"
    parser.add_argument("out", type=Path, metavar="OUT", help="folder of a run")
    whom = parser.add_argument_group("whom to look for")
    whom.add_argument("--person", metavar="NAME", help="a person: the name of a folder under OUT/people")
    whom.add_argument("--together", nargs="+", default=(), metavar="NAME", help="people who are all in one frame")
    whom.add_argument("--like", type=Path, metavar="FILE", help="whoever looks like the face in this picture")
    whom.add_argument("--models-dir", type=Path, metavar="DIR", help="for --like: where to look for model files first")
    what = parser.add_argument_group("what to do")
    goal = what.add_mutually_exclusive_group(required=True)
    goal.add_argument("--to", type=Path, metavar="DIR", help="copy every photo with them into this folder")
    goal.add_argument("--list", action="store_true", help="print the files, and the times in videos")
    what.add_argument("--clips", action="store_true", help="with --to: also cut every stretch of video with them")
    what.add_argument("--margin", type=float, default=1.0, metavar="S", help="seconds before and after (default: 1)")
    what.add_argument("--exact", action="store_true", help="cut exactly, not at the keyframe before; encodes again")


def run(args: argparse.Namespace) -> int:
    if not (args.person or args.together or args.like):
        raise UsageError("whom to look for? name somebody with --person or --together, or show a picture with --like")
    if not 0 <= args.margin < float("inf"):
        raise UsageError(f"--margin {args.margin}: must be at least 0")
    if (args.clips or args.exact) and not args.to:
        raise UsageError("--clips and --exact need a folder to write to: --to DIR")
    console = Console(quiet=args.quiet)
    folder = synced(args.out, console)
    table, people = read_table(folder.path)
    names = [person_named(name, people) for name in (args.person, *args.together) if name]
    wanted = [np.array([person == name for person in people], bool) for name in dict.fromkeys(names)]
    if args.like:
        wanted.append(_like(args, folder, table, people, console))
    found = appearances(table, wanted, folder.sources(), folder.settings().sampling.interval)
    console.say(_summary(found))
    if args.list:
        _print_list(found, console)
        return 0
    prepare_folder(args.to)
    return _collect(found, args, console)


def _like(
    args: argparse.Namespace, folder: RunFolder, table: FaceTable, people: Sequence[str], console: Console
) -> np.ndarray:
    """The faces of the person who looks most like a picture, or the single faces that do: bool (n,)."""
    face = FacePictures.of_run(folder, args.models_dir).face_at(args.like, console.warn)
    by_person = people_by_distance(table, people, face.embedding)
    distances = faces_by_distance(table, face.embedding)
    for name, distance in by_person[:_MOST]:
        console.say(f"  {distance:.2f}  {name}")
    for row in np.argsort(distances, kind="stable")[:_MOST].tolist():
        at = f" at {clock(table.time_s[row])}" if table.frame[row] else ""
        console.say(f"  {distances[row]:.2f}  a face in {table.source[row]}{at} ({people[row] or 'unknown'})")
    if by_person and by_person[0][1] < LIKE:
        console.say(f"{args.like} shows {by_person[0][0]}")
        return np.array([person == by_person[0][0] for person in people], bool)
    if len(table) and distances.min() < LIKE:
        return distances < LIKE
    nearest = f"the nearest face is at {distances.min():.2f}" if len(table) else "there are no faces"
    raise InputError(f"nobody in {args.out} looks like {args.like}: {nearest}, a match is below {LIKE}")


def _summary(found: Sequence[Appearance]) -> str:
    photos = sum(not appearance.source.is_video for appearance in found)
    stretches = [stretch for appearance in found for stretch in appearance.stretches]
    lasting = clock(sum(end - start for start, end in stretches))
    summary = f"{_count(photos, 'photo')}, {_count(len(found) - photos, 'video')}"
    return f"{summary} with {_count(len(stretches), 'stretch', 'es')}, {lasting} in all" if stretches else summary


def _count(number: int, word: str, ending: str = "s") -> str:
    return f"{number} {word}{'' if number == 1 else ending}"


def _print_list(found: Sequence[Appearance], console: Console) -> None:
    for appearance in found:
        times = ", ".join(f"{clock(start)}-{clock(end)}" for start, end in appearance.stretches)
        print(f"{appearance.source.path}\t{times}" if times else appearance.source.path)


def _collect(found: Sequence[Appearance], args: argparse.Namespace, console: Console) -> int:
    """Copy photos and, with --clips, cut clips. What is gone is told; an error if nothing at all could be had."""
    wanted = [appearance for appearance in found if args.clips or not appearance.source.is_video]
    written = there = lost = 0
    with console.bar("copying", "file") as bar:
        for done, appearance in enumerate(wanted, 1):
            try:
                _check_original(appearance.source, args.out, console)
                for path in _placed(appearance, args):
                    written += path is not None
                    there += path is None
            except InputError as error:
                lost += 1
                console.warn(str(error))
            bar(done, len(wanted))
    console.say(f"{_count(written, 'file')} written to {args.to}, {there} there already, {lost} not to be had")
    if len(wanted) < len(found):
        console.say(f"not copied: {_count(len(found) - len(wanted), 'video')}; --clips cuts the stretches out")
    if lost and not written and not there:
        raise FacepipeError(f"nothing could be copied to {args.to}")
    return 0


def _check_original(source: Source, out: Path, console: Console) -> None:
    if not source.path.is_file():
        raise InputError(
            f"{source.path} is gone: put it back, or run facepipe with --out {out} on the place where it is now "
            "(it is known by its content)"
        )
    if source.path.stat().st_size != source.size:
        console.warn(f"{source.path} has changed since the run")


def _placed(appearance: Appearance, args: argparse.Namespace) -> Iterator[Path | None]:
    """Copy a photo, or cut every stretch of a video; each new path, None for what is there already."""
    source = appearance.source
    if not source.is_video:
        yield copy_original(source.path, args.to)
    for start, end in widened(appearance.stretches, args.margin):
        name = f"{source.path.stem}_{_minutes(start)}_{_minutes(end)}{SUFFIX}"
        with placed(args.to, name, source.path) as (temporary, result):
            cut_clip(source.path, start, end, temporary, exact=args.exact)
        yield result[0] if result else None


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes:02}-{rest:02}"
