"""`facepipe find` at work; what can be typed is in arguments/find.py."""

import argparse
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from facepipe.commands.settings_options import given_options
from facepipe.console import Console
from facepipe.errors import FacepipeError, InputError, StorageFull, UsageError
from facepipe.export.folder import check_outside
from facepipe.files.atomic import make_folder
from facepipe.files.names import natural_key, person_folder, printable, told_apart
from facepipe.files.removal import sweep
from facepipe.find.appearances import Appearance, appearances, by_person, widened
from facepipe.find.clips import cut_clip
from facepipe.find.copies import clip_name
from facepipe.find.example import faces_by_distance, people_by_distance
from facepipe.find.originals import COPY, collecting, placed, put_original
from facepipe.looks import Looks
from facepipe.media.replaced import as_looked_at
from facepipe.people.named import person_named
from facepipe.people.reference import ReferencePictures
from facepipe.questions.question import is_placeholder
from facepipe.records import Source
from facepipe.review.sync import synced
from facepipe.runs.elsewhere import note_export
from facepipe.runs.folder import RunFolder
from facepipe.runs.inputs import gone_line
from facepipe.runs.state import COPIES
from facepipe.table import FaceTable
from facepipe.timespans import clock
from facepipe.words import counted

_MOST = 5  # nearest people and faces that --like prints
_TO_SECONDS = len("2023-05-06T12:34:56")

_Found = tuple[Path, Appearance]  # where it goes (None for a list), and what


def run(args: argparse.Namespace, console: Console) -> int:
    _check(args)
    folder = synced(args.out, console)
    if args.to is not None:
        check_outside(folder.path, args.to)
    table = folder.table()
    found = _everybody(args, folder, table) if args.everybody else _somebody(args, folder, table, console)
    found = _as_looked_at(found, folder, console)
    console.say(_summary([appearance for _, appearance in found]))
    if args.list:
        _print_list([appearance for _, appearance in found], console)
        return 0
    try:
        note_export(folder, args.to, COPIES)
    except StorageFull as error:  # then nobody can be forgotten there either
        console.warn(f"{error}; facepipe forget will not know of {args.to}", keep=None)
    with collecting(args.to):
        return _collect(found, args, console)


def _check(args: argparse.Namespace) -> None:
    """UsageError: options that cannot work together."""
    one = args.person or args.together or args.like
    if not one and not args.everybody:
        ways = "name somebody with --person or --together, show a picture with --like, or take --everybody"
        raise UsageError(f"whom to look for? {ways}")
    if args.everybody and (one or args.list):
        raise UsageError("--everybody makes a folder for each person: give it --to DIR, and nobody's name")
    if args.unnamed and not args.everybody:
        raise UsageError("--unnamed belongs to --everybody")
    if not 0 <= args.margin < float("inf"):
        raise UsageError(f"--margin {args.margin}: must be at least 0")
    if (args.clips or args.exact or args.link != COPY) and not args.to:
        raise UsageError("--clips, --exact and --link need a folder to write to: --to DIR")


def _somebody(args: argparse.Namespace, folder: RunFolder, table: FaceTable, console: Console) -> list[_Found]:
    names = [person_named(name, table.people) for name in (args.person, *args.together) if name]
    wanted = [np.array([person == name for person in table.person], bool) for name in dict.fromkeys(names)]
    if args.like:
        wanted.append(_like(args, folder, table, console))
    seen = Looks(**given_options(args)).includes(table)
    masks = [mask & seen for mask in wanted]
    there = {table.source[row] for mask in masks for row in np.flatnonzero(mask).tolist()}
    interval_s = folder.settings.sampling.interval
    found = appearances(table, masks, folder.sources(there), interval_s, folder.sampled_frames)
    return [(args.to, appearance) for appearance in found]


def _everybody(args: argparse.Namespace, folder: RunFolder, table: FaceTable) -> list[_Found]:
    """Everybody's appearances, each with the person's folder."""
    people = sorted((name for name in table.people if args.unnamed or not is_placeholder(name)), key=natural_key)
    if not people:
        raise UsageError("nobody has a name yet: rename folders in people/, or take --unnamed too")
    folders = told_apart(map(person_folder, people))
    seen = Looks(**given_options(args)).includes(table)
    interval_s, sampled = folder.settings.sampling.interval, cache(folder.sampled_frames)
    found = by_person(table, seen, people, folder.sources(), interval_s, sampled)
    return [(args.to / folders[person_folder(name)], one) for name, several in found for one in several]


def _as_looked_at(found: Sequence[_Found], folder: RunFolder, console: Console) -> list[_Found]:
    """Without what shows something else by now; that is said."""
    sources = {appearance.source.source_id: appearance.source for _, appearance in found}
    stay = {source.source_id for source in as_looked_at(folder, sources.values(), console.warn)}
    return [(to, appearance) for to, appearance in found if appearance.source.source_id in stay]


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
    photos, videos = ({a.source.name for a in found if a.source.is_video == kind} for kind in (False, True))
    segments = [segment for appearance in found for segment in appearance.segments]
    lasting = clock(sum(end - start for start, end in segments))
    summary = f"{counted(len(photos), 'photo')}, {counted(len(videos), 'video')}"
    return f"{summary} with {counted(len(segments), 'segment')}, {lasting} in all" if segments else summary


def _print_list(found: Sequence[Appearance], console: Console) -> None:
    lines = []
    for appearance in found:
        times = ", ".join(f"{clock(start)}-{clock(end)}" for start, end in appearance.segments)
        times = times or appearance.taken[:_TO_SECONDS].replace("T", " ")
        path = printable(appearance.source.path)
        lines.append(f"{path}\t{times}" if times else path)
    if lines:
        console.data("\n".join(lines))  # at once: it may be a hundred thousand


def _collect(found: Sequence[_Found], args: argparse.Namespace, console: Console) -> int:
    """Copy or link originals and, with --clips, cut clips. What is gone is told; an error if nothing could be had."""
    videos = args.clips or args.link != COPY
    wanted = [(to, appearance) for to, appearance in found if videos or not appearance.source.is_video]
    for to in dict.fromkeys(to for to, _ in wanted):
        make_folder(to)
        sweep(to, deep=False)
    written = there = lost = 0
    with console.bar("copying", "file") as bar:
        for done, (to, appearance) in enumerate(wanted, 1):
            try:
                _check_original(appearance.source, args.out)
                for path in _placed(appearance, to, args):
                    written += path is not None
                    there += path is None
            except InputError as error:
                lost += 1
                console.warn(str(error))
            bar(done, len(wanted))
    console.say(f"{counted(written, 'file')} written to {args.to}, {there} there already, {lost} not to be had")
    left = {appearance.source.name for _, appearance in found if appearance.source.is_video and not videos}
    if left:
        console.say(f"not copied: {counted(len(left), 'video')}; --clips cuts the segments out")
    if lost and not written and not there:
        raise FacepipeError(f"nothing could be copied to {args.to}")
    return 0


def _check_original(source: Source, out: Path) -> None:
    if not source.path.is_file():
        raise InputError(gone_line(source.path, out))


def _placed(appearance: Appearance, to: Path, args: argparse.Namespace) -> Iterator[Path | None]:
    """Put an original there, or every segment of a video; each new path, None for what is there already."""
    source = appearance.source
    if not (source.is_video and args.clips):
        yield put_original(source.path, to, args.link)
        return
    for start, end in widened(appearance.segments, args.margin):
        with placed(to, clip_name(source.path, start, end), source.path) as (temporary, result):
            cut_clip(source.path, start, end, temporary, exact=args.exact)
        yield result[0] if result else None
