"""Find everything in which somebody appears: copy the photos, cut the segments of video, or list both.

Examples:
    facepipe find pictures_dataset --person Ada --to ada/ --clips
    facepipe find pictures_dataset --together Ada Ben --list
    facepipe find pictures_dataset --like portrait.jpg --list

Nothing in the folder given with --to is ever overwritten, and what is there already is not copied again. The run notes
the folder, so that `facepipe forget` can name what still shows the person there.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from facepipe.commands.command import Command, add_models_dir, add_out
from facepipe.commands.settings_options import add_options, given_options
from facepipe.console import Console
from facepipe.errors import FacepipeError, InputError, StorageFull, UsageError
from facepipe.files.names import printable
from facepipe.find.appearances import Appearance, appearances, widened
from facepipe.find.clips import cut_clip
from facepipe.find.copies import clip_name
from facepipe.find.example import faces_by_distance, people_by_distance
from facepipe.find.originals import collecting, copy_original, placed
from facepipe.looks import Looks
from facepipe.people.named import person_named
from facepipe.people.reference import ReferencePictures
from facepipe.records import Source
from facepipe.review.sync import synced
from facepipe.runs.elsewhere import note_export
from facepipe.runs.folder import RunFolder
from facepipe.runs.state import COPIES
from facepipe.table import FaceTable
from facepipe.timespans import clock
from facepipe.words import counted

_MOST = 5  # nearest people and faces that --like prints
_TO_SECONDS = len("2023-05-06T12:34:56")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "facepipe find OUT (--person NAME | --together NAME ... | --like FILE) (--to DIR | --list) [options]"
    add_out(parser)
    whom = parser.add_argument_group("whom to look for")
    whom.add_argument("--person", metavar="NAME", help="a person: the name of a folder under OUT/people")
    whom.add_argument("--together", nargs="+", default=(), metavar="NAME", help="people who are all in one frame")
    whom.add_argument("--like", type=Path, metavar="FILE", help="whoever looks like the face in this picture")
    add_models_dir(whom)
    add_options(parser.add_argument_group("only faces that look so"), {"": Looks()})
    what = parser.add_argument_group("what to do")
    goal = what.add_mutually_exclusive_group(required=True)
    goal.add_argument("--to", type=Path, metavar="DIR", help="copy every photo with them into this folder")
    goal.add_argument(
        "--list", action="store_true", help="print the files, the times in videos, and when photos were taken"
    )
    what.add_argument("--clips", action="store_true", help="with --to: also cut every segment of video with them")
    what.add_argument("--margin", type=float, default=1.0, metavar="S", help="seconds before and after (default: 1)")
    what.add_argument("--exact", action="store_true", help="cut exactly, not at the keyframe before; encodes again")


def run(args: argparse.Namespace, console: Console) -> int:
    if not (args.person or args.together or args.like):
        raise UsageError("whom to look for? name somebody with --person or --together, or show a picture with --like")
    if not 0 <= args.margin < float("inf"):
        raise UsageError(f"--margin {args.margin}: must be at least 0")
    if (args.clips or args.exact) and not args.to:
        raise UsageError("--clips and --exact need a folder to write to: --to DIR")
    folder = synced(args.out, console)
    table = folder.table()
    names = [person_named(name, table.people) for name in (args.person, *args.together) if name]
    wanted = [np.array([person == name for person in table.person], bool) for name in dict.fromkeys(names)]
    if args.like:
        wanted.append(_like(args, folder, table, console))
    seen = Looks(**given_options(args)).includes(table)
    wanted = [mask & seen for mask in wanted]
    found = appearances(table, wanted, folder.sources(), folder.settings.sampling.interval)
    console.say(_summary(found))
    if args.list:
        _print_list(found, console)
        return 0
    try:
        note_export(folder, args.to, COPIES)
    except StorageFull as error:  # then nobody can be forgotten there either
        console.warn(f"{error}; facepipe forget will not know of {args.to}", keep=None)
    with collecting(args.to):
        return _collect(found, args, console)


def _like(args: argparse.Namespace, folder: RunFolder, table: FaceTable, console: Console) -> np.ndarray:
    """The faces of the person who looks most like a picture, or the single faces that do: bool (n,)."""
    face = ReferencePictures.of_run(folder, args.models_dir).face_at(args.like, console.warn)
    by_person = people_by_distance(table, face.embedding)
    distances, like = faces_by_distance(table, face.embedding), table.space.gallery_threshold
    for name, distance in by_person[:_MOST]:
        console.say(f"  {distance:.2f}  {name}")
    for row in np.argsort(distances, kind="stable")[:_MOST].tolist():
        at = f" at {clock(table.time_s[row])}" if table.frame_index[row] else ""
        console.say(f"  {distances[row]:.2f}  a face in {table.source[row]}{at} ({table.person[row] or 'unknown'})")
    if by_person and by_person[0][1] < like:
        console.say(f"{args.like} shows {by_person[0][0]}")
        return np.array([person == by_person[0][0] for person in table.person], bool)
    if len(table) and distances.min() < like:
        return distances < like
    nearest = f"the nearest face is at {distances.min():.2f}" if len(table) else "there are no faces"
    raise InputError(f"nobody in {args.out} looks like {args.like}: {nearest}, a match is below {like}")


def _summary(found: Sequence[Appearance]) -> str:
    photos = sum(not appearance.source.is_video for appearance in found)
    segments = [segment for appearance in found for segment in appearance.segments]
    lasting = clock(sum(end - start for start, end in segments))
    summary = f"{counted(photos, 'photo')}, {counted(len(found) - photos, 'video')}"
    return f"{summary} with {counted(len(segments), 'segment')}, {lasting} in all" if segments else summary


def _print_list(found: Sequence[Appearance], console: Console) -> None:
    for appearance in found:
        times = ", ".join(f"{clock(start)}-{clock(end)}" for start, end in appearance.segments)
        times = times or appearance.taken[:_TO_SECONDS].replace("T", " ")
        path = printable(appearance.source.path)
        console.data(f"{path}\t{times}" if times else path)


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
    console.say(f"{counted(written, 'file')} written to {args.to}, {there} there already, {lost} not to be had")
    if len(wanted) < len(found):
        console.say(f"not copied: {counted(len(found) - len(wanted), 'video')}; --clips cuts the segments out")
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
    """Copy a photo, or cut every segment of a video; each new path, None for what is there already."""
    source = appearance.source
    if not source.is_video:
        yield copy_original(source.path, args.to)
    for start, end in widened(appearance.segments, args.margin):
        with placed(args.to, clip_name(source.path, start, end), source.path) as (temporary, result):
            cut_clip(source.path, start, end, temporary, exact=args.exact)
        yield result[0] if result else None


COMMAND = Command(__doc__, add_arguments, run)
