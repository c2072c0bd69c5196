"""What a run came to: the last lines in the terminal, and the report."""

import csv
from collections import Counter
from collections.abc import Iterator

from facepipe.files.names import natural_key
from facepipe.files.target import Target
from facepipe.pictures.report import RunSummary, write_report
from facepipe.records import Failure
from facepipe.run.folder import RunFolder
from facepipe.run.table import CSV_NAME, read_table

_MOST_PEOPLE = 12  # more would push the summary off the screen


def summary_lines(folder: RunFolder, verbose: bool = False) -> Iterator[str]:
    """A few lines on a finished run; with `verbose` everybody, every stage and every failure."""
    counts, seconds = folder.state["counts"], folder.state["seconds"]
    yield (
        f"{counts['frames']} frames, {counts['faces']} faces, {counts['people']} people, {counts['unknown']} unknown, "
        f"{len(folder.state['failures'])} failures, {sum(seconds[k] for k in ('encoding', 'assembling')):.1f} s"
    )
    if counts["frames_skipped"]:
        yield f"{counts['frames_skipped']} frames left out by --faces-per-frame"
    yield from _people(folder, None if verbose else _MOST_PEOPLE)
    yield from _failures(folder, verbose)
    yield from (f"note: {note}" for note in folder.state["notes"])
    if verbose:
        yield "seconds: " + ", ".join(f"{stage} {value:.1f}" for stage, value in seconds.items())
    yield f"report   {folder.path / 'report.html'}"
    yield f"people   {folder.people}   montages {folder.path / 'montage'}"
    yield f"labels   {folder.path / 'annotations'}   table {folder.path / CSV_NAME}"


def _people(folder: RunFolder, most: int | None) -> Iterator[str]:
    with (folder.path / CSV_NAME).open(encoding="utf-8", newline="") as handle:
        faces = Counter(row["person"] for row in csv.DictReader(handle) if row["person"])
    names = sorted(faces, key=natural_key)
    shown = names if most is None or len(names) <= most else names[: most - 1]
    for name in shown:
        yield f"  {name:16} {faces[name]:5} face{'s' if faces[name] != 1 else ''}"
    if len(shown) < len(names):
        yield f"  and {len(names) - len(shown)} more"


def _failures(folder: RunFolder, verbose: bool) -> Iterator[str]:
    """Each failure, or how often each error came up."""
    failures = folder.state["failures"]
    if verbose:
        yield from (f"failed: {f['item']} in {f['stage']}: {f['error']}" for f in failures)
    else:
        for (stage, error), times in Counter((f["stage"], f["error"]) for f in failures).most_common(3):
            yield f"failed in {stage}, {times} times: {error}"


def write_run_report(folder: RunFolder) -> None:
    """Write report.html of a finished run."""
    state, out = folder.state, folder.path
    table, people = read_table(out)
    names = tuple(entry["name"] for entry in state["inputs"])
    summary = RunSummary(
        title=names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more",
        inputs=names,
        sampled=state["counts"]["frames"],
        failures=tuple(Failure(f["item"], f["stage"], f["error"]) for f in state["failures"]),
        warnings=(*state["warnings"], *state["notes"]),
        seconds={stage: state["seconds"][stage] for stage in ("encoding", "assembling") if stage in state["seconds"]},
        settings=state["settings"],
        next_steps=(
            (
                f"facepipe cluster {out} --cluster hac --eps 0.5",
                "make people anew by another method, without encoding again",
            ),
        ),
    )
    folder.claim(["report.html"])
    write_report(Target(out), table, people, summary, state["files"])
