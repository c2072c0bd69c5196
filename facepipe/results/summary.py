"""What a run came to: the last lines in the terminal, and the report."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from facepipe.errors import StoreError
from facepipe.faces.search_size import looks_closer
from facepipe.files.names import printable
from facepipe.files.target import Target
from facepipe.people.written import names_written
from facepipe.questions.question import Question
from facepipe.questions.suggest import asked, to_do
from facepipe.report.about import MAY_FIND, About, Check, Side, Step
from facepipe.report.page import write_report
from facepipe.report.people import named_first
from facepipe.results.checks import first_questions
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import ANNOTATIONS, PLOTS, REPORT, RUN, TABLE_CSV
from facepipe.table import FaceTable
from facepipe.words import counted, quoted

_MOST_PEOPLE = 12  # more would push the summary off the screen
_ERRORS = 3  # that differ, of failures


def summary_lines(folder: RunFolder, verbose: bool = False) -> Iterator[str]:
    """A few lines on a finished run; with `verbose` everybody, every stage and every failure."""
    state, layout = folder.state, folder.layout
    counts = state.counts
    seconds = sum(state.seconds.get(stage, 0.0) for stage in ("encoding", "assembling"))
    yield (
        f"{counted(counts.frames, 'frame')}, {counted(counts.faces, 'face')}, "
        f"{counted(counts.people, 'person', 'people')}, {counts.unknown} unknown, "
        f"{counted(len(state.failures), 'failure')}, {seconds:.1f} s"
    )
    yield from _unseen(folder)
    if state.passed_over:
        types = ", ".join(f"{number} {suffix}" for suffix, number in sorted(state.passed_over.items()))
        yield f"not looked at, in formats that facepipe does not read: {types}"
    yield from _people(folder, None if verbose else _MOST_PEOPLE)
    yield from _failures(folder, verbose)
    yield from (f"note: {note}" for note in state.notes)
    if verbose:
        yield "seconds: " + ", ".join(f"{stage} {value:.1f}" for stage, value in state.seconds.items())
    yield f"report   {layout.report}"
    yield f"people   {layout.people}   montages {layout.montage}"
    labels = f"labels   {layout.annotations}   " if folder.files.below(ANNOTATIONS) else ""
    yield f"{labels}table {folder.path / TABLE_CSV}"


def _unseen(folder: RunFolder) -> Iterator[str]:
    """What was left out, and what --min-face asks for and may have been missed."""
    counts, detection = folder.state.counts, folder.state.settings.detection
    if counts.frames_skipped:
        yield f"{counted(counts.frames_skipped, 'frame')} left out by --faces-per-frame"
    if counts.smallest > detection.min_face:
        closer = looks_closer(counts.smallest, detection)
        yield f"faces below {counts.smallest} pixels may be missed in the largest pictures: {closer} looks closer"


def no_face(folder: RunFolder) -> str:
    """That no face was kept, and why of as much as it is known."""
    counts, failures = folder.state.counts, len(folder.state.failures)
    line = f"no face found in {counted(counts.frames, 'frame')}"
    if counts.frames_skipped:
        line = f"no face kept of {counted(counts.frames, 'frame')}: --faces-per-frame left {counts.frames_skipped} out"
    return f"{line}, {counted(failures, 'failure')}" if failures else line


def _nobody(folder: RunFolder) -> str:
    """The same for the report, with what may help."""
    line = no_face(folder)
    sentence = f"{line[0].upper()}{line[1:]}."
    return sentence if folder.state.counts.frames_skipped else f"{sentence} {MAY_FIND}"


def _people(folder: RunFolder, most: int | None) -> Iterator[str]:
    names = names_written(folder)
    if names is None:
        raise StoreError(f"{folder.path} has lost {TABLE_CSV}: run facepipe again")
    faces = Counter(name for name in names.values() if name)
    shown = [*islice(named_first(faces), len(faces) if most is None or len(faces) <= most else most - 1)]
    for name in shown:
        yield f"  {name:16} {counted(faces[name], 'face', width=5)}"
    if len(shown) < len(faces):
        yield f"  and {len(faces) - len(shown)} more"


def _failures(folder: RunFolder, verbose: bool) -> Iterator[str]:
    """Each failure, or how often each error came up."""
    failures = folder.state.failures
    if verbose:
        yield from (f"failed: {f.item_id} in {f.stage}: {f.error}" for f in failures)
    else:
        alike = Counter((f.stage, f.error) for f in failures).most_common()
        alike.sort(key=lambda one: one[0][0] == "frames")  # of sources, and said when they were come to
        for (stage, error), times in alike[:_ERRORS]:
            yield f"failed in {stage}, {counted(times, 'time')}: {error}"
        if others := sum(times for _, times in alike[_ERRORS:]):
            yield f"and {counted(others, 'failure')} more: {folder.path / RUN} lists all"


def write_run_report(folder: RunFolder, table: FaceTable | None = None, checks: Sequence[Question] = ()) -> None:
    """Write report.html of a finished run.

    table: the run's own, where it is at hand. checks: questions that are known to be open.
    """
    state = folder.state
    table = folder.table() if table is None else table
    about = About(
        title=state.inputs[0].name if len(state.inputs) == 1 else printable(folder.path.absolute().name),
        inputs=state.inputs,
        address_of=folder.address_of,
        sampled=state.counts.frames,
        failures=state.failures,
        nobody=_nobody(folder),
        warnings=(*state.warnings, *_unseen(folder), *state.notes),
        seconds={stage: state.seconds[stage] for stage in ("encoding", "assembling") if stage in state.seconds},
        settings=state.settings.as_dict(),
        steps=_steps(folder, table),
        checks=tuple(map(_check, first_questions(folder, table, checks))),
        looked_at=folder.sampled_frames() if any(entry.is_video for entry in state.inputs) else {},
    )
    folder.claim([REPORT])
    write_report(Target(folder.path), table, about, [f"{PLOTS}/{name}" for name in folder.files.below(PLOTS)])


def _steps(folder: RunFolder, table: FaceTable) -> tuple[Step, ...]:
    """How to go on, with what this run has."""
    if not len(table):
        return ()
    out = quoted(Path(printable(folder.path)))  # the report is text, whatever the folder is called
    faces = {person: len(rows) for person, rows in table.rows_by_person().items() if person}
    dataset = quoted(Path(printable(f"{folder.path}_yolo")))
    known = []
    if faces:
        find = f"facepipe find {out} --person {quoted(next(named_first(faces)))} --list"
        known = [
            Step("List everything in which somebody appears", find),
            Step("Export a dataset to train on", f"facepipe export {out} --format yolo --to {dataset}"),
        ]
    return (
        Step("Correct it on a page in your browser, which asks what matters most", f"facepipe review {out}"),
        Step(
            "Or with a file manager: rename the folders under people/, move pictures from one to another, delete what "
            "is wrong; then have it read back",
            f"facepipe sync {out}",
        ),
        Step("See in the terminal what else to check", f"facepipe suggest {out}"),
        *known,
        Step(
            "Make people anew by another method, without encoding again",
            f"facepipe cluster {out} --cluster hac --eps 0.5",
        ),
    )


def _check(question: Question) -> Check:
    return Check(asked(question), question.why, to_do(question), _sides(question))


def _sides(question: Question) -> tuple[Side, ...]:
    """What there is to look at, with whom to compare it."""
    if question.kind == "merge":
        sides = [(name, question.side(name)) for name in question.people]
    else:
        sides = [("", question.tiles)]
    shown = tuple(Side(title, tuple(tile.face for tile in tiles)) for title, tiles in sides)
    return (*shown, Side(question.people[0], question.beside)) if question.beside else shown
