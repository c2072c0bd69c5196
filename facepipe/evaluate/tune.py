"""Grid search of a clusterer's settings, cross-validated by person.

People, not faces, are divided into folds: what is found on some people is tried on others, as it will be used. In each
fold the faces of the training people are clustered on their own, and so are those of the held-out people. A setting is
chosen by its training score; the validation score says what to expect of it elsewhere.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from facepipe.callbacks import Progress, no_progress
from facepipe.contracts import Clusterer
from facepipe.errors import UsageError
from facepipe.evaluate.matching import Matching
from facepipe.evaluate.score import METRICS, score
from facepipe.markdown import markdown_table
from facepipe.table import FaceTable
from facepipe.words import counted


@dataclass(frozen=True, slots=True)
class Trial:
    """One point of the grid: its values, and its mean scores over the folds."""

    values: tuple[tuple[str, Any], ...]
    training: float
    validation: float


def tune(
    table: FaceTable,
    matching: Matching,
    clusterer: Clusterer,
    grid: Mapping[str, Sequence[Any]],
    *,
    folds: int = 3,
    metric: str = "b_cubed_f_all",
    progress: Progress = no_progress,
) -> list[Trial]:
    """All trials, the best training score first (of equals, the earlier in the grid).

    Only faces matched to a person take part. clusterer: with what the grid does not vary. metric: one of
    `score.METRICS`. The folds depend on nothing but the people: in order of how many faces they have, they are dealt
    out in turn.
    UsageError: an unknown metric or option, an empty grid, folds below 2, fewer people than folds.
    """
    if metric not in METRICS:
        raise UsageError(f"--metric {metric}: choose one of {', '.join(METRICS)}")
    known = {spec.name for spec in fields(clusterer)}
    for name, values in grid.items():
        if name not in known:
            raise UsageError(f"--grid {name}: choose one of {', '.join(sorted(known))}")
        if not len(values):
            raise UsageError(f"--grid {name}: needs at least one value")
    if not grid:
        raise UsageError("nothing to search: give --grid NAME=VALUE,VALUE")
    parts = _folds(matching, folds)

    points = [tuple(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
    trials = []
    for done, point in enumerate(points):
        tried = replace(clusterer, **dict(point))
        scores = [
            [_score_part(table, matching, tried, rows, metric) for rows in (training, held_out)]
            for training, held_out in parts
        ]
        trials.append(Trial(point, *(float(mean) for mean in np.mean(scores, axis=0))))
        progress(done + 1, len(points))
    return sorted(trials, key=lambda trial: -trial.training)


def _folds(matching: Matching, folds: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Rows of the training and of the held-out people of each fold."""
    people, counts = np.unique(matching.person[matching.person >= 0], return_counts=True)
    if folds < 2:
        raise UsageError(f"--folds {folds}: must be at least 2")
    if len(people) < folds:
        who = counted(len(people), "person", "people")
        raise UsageError(f"--folds {folds}: the truth matches faces of {who}, too few for so many folds")
    dealt = people[np.lexsort((people, -counts))]
    out = []
    for fold in range(folds):
        held_out = np.isin(matching.person, dealt[fold::folds])
        out.append((np.flatnonzero((matching.person >= 0) & ~held_out), np.flatnonzero(held_out)))
    return out


def _score_part(table: FaceTable, matching: Matching, clusterer: Clusterer, rows: np.ndarray, metric: str) -> float:
    """The metric on some rows clustered alone; 0 where it is undefined (nobody was assigned)."""
    part = table.take(rows)
    labels = clusterer.cluster(part).labels
    value = getattr(score(part, labels, matching.take(rows), "part"), metric)
    return 0.0 if np.isnan(value) else value


def to_markdown(trials: Sequence[Trial], metric: str) -> str:
    """A Markdown table: a row a trial, in the order given."""
    names = [name for name, _ in trials[0].values]
    rows = []
    for trial in trials:
        values = (f"{value:g}" if isinstance(value, float) else str(value) for _, value in trial.values)
        rows.append((*values, f"{trial.training:.3f}", f"{trial.validation:.3f}"))
    return markdown_table((*names, f"{metric}, training", "validation"), rows, left=0)
