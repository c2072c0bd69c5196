"""Forgetting a person: every crop, embedding, label, montage and the name go, and the face in our copies of the frames.

What is asked for is noted first and done by `sync`, which every command begins with: a stop on the way does not end
it. It is at its end when nothing is left on the disk, which is looked for in every file.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from facepipe.console import Console
from facepipe.errors import StoreError
from facepipe.people.decisions import replay
from facepipe.people.log import read_log
from facepipe.people.named import person_named
from facepipe.people.written import names_written
from facepipe.pictures.montage import sheet_names
from facepipe.records import Source, frame_of, source_of
from facepipe.results.update import check_outputs
from facepipe.review.sync import sync, synced
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import PEOPLE, crop_paths
from facepipe.runs.lock import locked
from facepipe.runs.opening import load_run
from facepipe.runs.state import ExportEntry, Forgetting
from facepipe.words import quoted


@dataclass(frozen=True, slots=True)
class Traced:
    """What a run holds of a person, or held.

    crops, sheets: files in people/ and montage/. frames: our copies in which the person is seen. originals: the input
    files that show the person. exports: all that were made of the run, and where `find` put copies.
    """

    person: str
    faces: tuple[str, ...]
    crops: int
    sheets: int
    frames: int
    originals: tuple[Source, ...]
    exports: tuple[ExportEntry, ...]


def traced(out: Path, person: str, console: Console) -> Traced:
    """What `forget` would take away, after reading people/ back. Errors as `forget`."""
    with locked(out):
        return _traced(synced(out, console), person)


def has_begun(out: Path, person: str) -> bool:
    """Whether it was asked for before that this person is forgotten, and something is left to do."""
    going = load_run(out).state.forgetting
    return going is not None and going.name == person


def forget(out: Path, person: str, console: Console) -> Traced:
    """Remove all of a person from a run, after reading people/ back; a later run does not bring the faces back.

    The originals are not touched. A stop on the way is mended by the next command. Errors: UsageError when there is
    nobody of that name; StoreError: something is left that is not ours to remove; the next command looks again.
    """
    with locked(out):
        folder = load_run(out)
        check_outputs(folder)
        going = folder.state.forgetting
        before = sync(folder, console)  # goes on with what was begun
        left = before.left
        if going is not None and (left or going.name == person):
            found = Traced(going.name, going.faces, 0, 0, 0, _originals(folder, going.faces), folder.state.exports)
        else:
            found = _traced(folder, person)
            folder.update(forgetting=Forgetting(found.person, found.faces))
            left = sync(folder, console, found=before.found).left
    if left:
        more = f" (and {len(left) - 1} more)" if len(left) > 1 else ""
        again = f"facepipe forget {quoted(out)} --person {quoted(found.person)}"
        waits = "" if found.person == person else f" ({person} is forgotten after that)"
        what = f"something of {found.person} is left: {left[0]}{more}: remove it yourself, then run: {again}{waits}"
        raise StoreError(what)
    return found


def _traced(folder: RunFolder, person: str) -> Traced:
    people = names_written(folder)
    if people is None:
        raise StoreError(f"{folder.path} holds no finished run")
    name = person_named(person, {*people.values()})
    own = [face for face, who in people.items() if who == name]
    confirmed = replay(read_log(folder)).person  # of faces too that the table lacks, because of --max-faces
    faces = frozenset({*own, *(face for face, who in confirmed.items() if who == name)})
    crops = folder.files.below(PEOPLE)
    return Traced(
        name,
        tuple(sorted(faces)),
        sum(path in crops for face in faces for path in crop_paths(face, name).values()),
        len(sheet_names({name: len(own)})[name]),
        len({*map(frame_of, own)}),
        _originals(folder, faces),
        folder.state.exports,
    )


def _originals(folder: RunFolder, faces: Collection[str]) -> tuple[Source, ...]:
    shown = {source_of(frame_of(face)) for face in faces}
    return tuple(folder.sources(ids=shown))
