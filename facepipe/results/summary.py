"""What a run came to: the last lines in the terminal, and the report."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from facepipe.errors import StoreError
from facepipe.files.names import natural_key
from facepipe.files.target import Target
from facepipe.people.decisions import replay
from facepipe.people.log import read_log
from facepipe.people.written import names_written
from facepipe.pictures.report import Check, Pictures, RunSummary, write_report
from facepipe.questions.propose import Proposer
from facepipe.questions.question import MISTAKES, Question
from facepipe.questions.suggest import asked, to_do
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import REPORT, TABLE_CSV
from facepipe.table import FaceTable
from facepipe.words import counted, quoted

_MOST_CHECKS = 6  # questions that the report begins with
_MOST_PEOPLE = 12  # more would push the summary off the screen


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
    if counts.frames_skipped:
        yield f"{counted(counts.frames_skipped, 'frame')} left out by --faces-per-frame"
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
    yield f"labels   {layout.annotations}   table {folder.path / TABLE_CSV}"


def _unseen(folder: RunFolder) -> Iterator[str]:
    """What --min-face asks for and may have been missed."""
    detection, smallest = folder.state.settings.detection, folder.state.counts.smallest
    if smallest > detection.min_face:
        closer = "--detail thorough" if detection.detail != "thorough" else "a larger --max-size"
        yield f"faces below {smallest} pixels may be missed in the largest pictures: {closer} looks closer"


def _people(folder: RunFolder, most: int | None) -> Iterator[str]:
    names = names_written(folder)
    if names is None:
        raise StoreError(f"{folder.path} has lost {TABLE_CSV}: run facepipe again")
    faces = Counter(name for name in names.values() if name)
    ordered = sorted(faces, key=natural_key)
    shown = ordered if most is None or len(ordered) <= most else ordered[: most - 1]
    for name in shown:
        yield f"  {name:16} {counted(faces[name], 'face', width=5)}"
    if len(shown) < len(ordered):
        yield f"  and {len(ordered) - len(shown)} more"


def _failures(folder: RunFolder, verbose: bool) -> Iterator[str]:
    """Each failure, or how often each error came up."""
    failures = folder.state.failures
    if verbose:
        yield from (f"failed: {f.item_id} in {f.stage}: {f.error}" for f in failures)
    else:
        for (stage, error), times in Counter((f.stage, f.error) for f in failures).most_common(3):
            yield f"failed in {stage}, {counted(times, 'time')}: {error}"


def write_run_report(folder: RunFolder, table: FaceTable | None = None) -> None:
    """Write report.html of a finished run. table: the run's own, where it is at hand."""
    state = folder.state
    names = tuple(entry.name for entry in state.inputs)
    summary = RunSummary(
        title=names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more",
        inputs=names,
        sampled=state.counts.frames,
        failures=state.failures,
        warnings=(*state.warnings, *_unseen(folder), *state.notes),
        seconds={stage: state.seconds[stage] for stage in ("encoding", "assembling") if stage in state.seconds},
        settings=state.settings.as_dict(),
        next_steps=(
            (
                f"facepipe cluster {quoted(folder.path)} --cluster hac --eps 0.5",
                "make people anew by another method, without encoding again",
            ),
        ),
    )
    folder.claim([REPORT])
    table = folder.table() if table is None else table
    summary = replace(summary, checks=checks(folder, table))
    write_report(Target(folder.path), table, summary, sorted(state.files))


def checks(folder: RunFolder, table: FaceTable) -> tuple[Check, ...]:
    """The first questions about what may be wrong in a run, for its report."""
    found = Proposer(table, replay(read_log(folder))).questions(limit=_MOST_CHECKS, kinds=MISTAKES)
    return tuple(Check(asked(one), one.why, to_do(one), _pictures(one)) for one in found)


def _pictures(question: Question) -> tuple[Pictures, ...]:
    """What there is to look at, with whom to compare it."""
    known = tuple((question.people[0], face) for face in question.beside)
    if question.kind == "merge":
        sides = [(name, question.side(name)) for name in question.people]
    else:
        sides = [("", question.tiles)]
    shown = [Pictures(title, tuple((tile.person, tile.face) for tile in tiles)) for title, tiles in sides]
    return (*shown, Pictures(question.people[0], known)) if known else tuple(shown)
