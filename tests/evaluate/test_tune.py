"""Grid search with cross-validation by person."""

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
import pytest
from labelled_tables import matched, simulate
from markdown_lines import plain

from facepipe.cluster import CLUSTERERS
from facepipe.cluster.hac import Hac
from facepipe.errors import UsageError
from facepipe.evaluate.tune import to_markdown, tune
from facepipe.options import option
from facepipe.records import Clustering


@dataclass(frozen=True, slots=True)
class Spy(Hac):
    """A clusterer that labels as it is told, by (part of the table, eps)."""

    label: Callable = option(None, "what gives the labels")

    def cluster(self, table, progress=None) -> Clustering:
        return Clustering(self.label(table, self.eps), table.track)


def test_finds_the_cut_that_separates_people():
    table, who = simulate(9, 135)
    grid = {"eps": (0.2, 0.55, 1.5), "min_csize": (1, 2)}
    trials = tune(table, matched(who), Hac(), grid)
    assert len(trials) == 6
    assert dict(trials[0].values) == {"eps": 0.55, "min_csize": 1}
    assert trials[0].training == trials[0].validation == 1
    assert trials[-1].training < 0.7


def test_nobody_is_in_training_and_validation_at_once():
    table, who = simulate(7, 70)
    person_of = dict(zip(table.face_id, who.tolist(), strict=True))
    seen = []

    def label(part, eps):
        seen.append({person_of[face] for face in part.face_id})
        return np.zeros(len(part))

    tune(table, matched(who), Spy(label=label), {"eps": (0.5,)}, folds=3)
    training, held_out = seen[::2], seen[1::2]
    assert all(a | b == set(range(7)) and not a & b for a, b in zip(training, held_out, strict=True))
    assert sorted(person for part in held_out for person in part) == list(range(7))


def test_faces_that_are_nobody_take_no_part():
    table, who = simulate(4, 40)
    sizes = []

    def label(part, eps):
        sizes.append(len(part))
        return np.arange(len(part))

    who = np.where(np.arange(40) < 10, -1, who)
    tune(table, matched(who), Spy(label=label), {"eps": (0.5,)}, folds=2)
    assert sum(sizes) == 2 * 30


def test_a_method_that_knows_nobody_scores_nothing():
    table, who = simulate(4, 40)
    nobody = Spy(label=lambda part, eps: np.full(len(part), -1))
    (trial,) = tune(table, matched(who), nobody, {"eps": (0.5,)}, metric="nmi")
    assert trial.training == trial.validation == 0


def test_training_decides_and_validation_only_tells():
    table, who = simulate(4, 40)
    person_of = dict(zip(table.face_id, who.tolist(), strict=True))

    def label(part, eps):  # eps 1 is right about the many, eps 2 about the few
        is_right = (len(part) > 20) == (eps == 1)
        return np.array([person_of[face] if is_right else -1 for face in part.face_id])

    first, second = tune(table, matched(who), Spy(label=label), {"eps": (2.0, 1.0)}, folds=4)
    assert (first.values, first.training, first.validation) == ((("eps", 1.0),), 1, pytest.approx(0.18, abs=0.02))
    assert second.validation == 1 > second.training


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"grid": {}}, "give --grid"),
        ({"grid": {"eps": ()}}, "at least one value"),
        ({"grid": {"radius": (1,)}}, "--grid radius: choose one of"),
        ({"grid": {"eps": (-1.0,)}}, "--eps -1.0: must be at least 0"),
        ({"folds": 1}, "--folds 1: must be at least 2"),
        ({"folds": 5}, "4 people, too few"),
        ({"metric": "beauty"}, "--metric beauty: choose one of nmi, "),
    ],
)
def test_what_cannot_be_searched(changes, complaint):
    table, who = simulate(4, 40)
    options = {"grid": {"eps": (0.5,)}, **changes}
    with pytest.raises(UsageError, match=complaint):
        tune(table, matched(who), Hac(), options.pop("grid"), **options)


def test_every_clusterer_has_a_grid():
    for plugin in CLUSTERERS:
        method = plugin.load()
        assert method.grid and method.grid.keys() <= {spec.name for spec in fields(method)}


def test_progress_counts_the_points_of_the_grid_and_other_options_stay():
    table, who = simulate(4, 40)
    calls = []

    def label(part, eps):
        return np.zeros(len(part))

    grid = {"eps": (0.4, 0.5, 0.6)}
    tune(table, matched(who), Spy(label=label), grid, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(1, 3), (2, 3), (3, 3)]
    (trial,) = tune(table, matched(who), Hac(min_csize=30), {"eps": (0.55,)}, metric="nmi")
    assert trial.training == trial.validation == 0, "nobody has so many faces"


def test_trials_as_a_table():
    table, who = simulate(4, 40)
    trials = tune(table, matched(who), Hac(), {"eps": (0.55,), "min_csize": (2,)}, folds=2)
    lines = plain(to_markdown(trials, "nmi"))
    assert lines[0] == "| eps | min_csize | nmi, training | validation |"
    assert lines[2] == "| 0.55 | 2 | 1.000 | 1.000 |"
