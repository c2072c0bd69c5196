"""The last lines of a run: who was found, what went wrong, what to open."""

import csv
from collections import Counter
from collections.abc import Iterator

from facepipe.dataset.names import natural_key
from facepipe.store.run_folder import RunFolder
from facepipe.store.table import CSV_NAME

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
    if verbose:
        yield "seconds: " + ", ".join(f"{stage} {value:.1f}" for stage, value in seconds.items())
        for failure in folder.state["failures"]:
            yield f"failed: {failure['item']} in {failure['stage']}: {failure['error']}"
    yield f"report   {folder.path / 'report.html'}"
    yield f"people   {folder.people}   montages {folder.path / 'montage'}"
    yield f"labels   {folder.path / 'annotations'}   table {folder.path / CSV_NAME}"


def _people(folder: RunFolder, most: int | None) -> Iterator[str]:
    with (folder.path / CSV_NAME).open(encoding="utf-8", newline="") as handle:
        faces = Counter(row["person"] for row in csv.DictReader(handle) if row["person"])
    names = sorted(faces, key=natural_key)
    shown = names if most is None or len(names) <= most else names[: most - 1]
    for name in shown:
        yield f"  {name:16} {faces[name]:5} faces"
    if len(shown) < len(names):
        yield f"  and {len(names) - len(shown)} more"
