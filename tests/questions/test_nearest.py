"""Whom somebody resembles most, among few people and among very many."""

import numpy as np
import pytest
from labelled_tables import simulate

from facepipe.cluster import neighbours
from facepipe.people.decisions import Corrections
from facepipe.questions import nearest
from facepipe.questions.nearest import NEAREST, Nearest
from facepipe.questions.propose import questions


def directions(count: int, seed: int) -> np.ndarray:
    """Of some thirty kinds, so that somebody is near."""
    kinds = np.random.default_rng(0).normal(size=(30, 16))
    rng = np.random.default_rng(seed)
    drawn = kinds[rng.integers(0, 30, count)] + rng.normal(0, 0.4, (count, 16))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def cells(monkeypatch):
    def use(probed: int) -> None:
        monkeypatch.setattr(nearest, "MANY", 1)
        monkeypatch.setattr(neighbours, "PER_CELL", 25)
        monkeypatch.setattr(neighbours, "PROBED", probed)

    return use


def sorted_out(people: np.ndarray, units: np.ndarray, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What must be found: the cosines of all, the highest first."""
    alike = units @ people.T
    alike[own >= 0, own[own >= 0]] = -np.inf
    order = np.argsort(-alike, axis=1)[:, :NEAREST]
    return order, np.take_along_axis(alike, order, 1)


@pytest.mark.parametrize("probed", [0, 1000])
@pytest.mark.parametrize("count", [3, 400])
def test_the_most_alike_are_found_but_for_ones_own(cells, probed, count):
    if probed:
        cells(probed)
    people, units = directions(count, 1), directions(300, 2)
    own = np.where(np.arange(300) % 3, np.arange(300) % count, -1)
    expected, cosine = sorted_out(people, units, own)
    found, alike = Nearest(people).most_alike(units, own)
    np.testing.assert_allclose(alike[:, : min(count, NEAREST)], cosine, atol=1e-5)
    assert (alike[:, count:] == -np.inf).all()
    there = np.isfinite(cosine)
    assert np.array_equal(found[:, : cosine.shape[1]][there], expected[there])


def test_of_very_many_people_those_in_the_nearest_cells_are_found(cells):
    cells(6)
    people, units = directions(2000, 1), directions(500, 2)
    expected, _ = sorted_out(people, units, np.full(500, -1))
    found, _ = Nearest(people).most_alike(units, np.full(500, -1))
    assert (found[:, 0] == expected[:, 0]).mean() > 0.95
    assert np.mean([len({*a} & {*b}) for a, b in zip(found.tolist(), expected.tolist(), strict=True)]) > 0.9 * NEAREST


def test_among_very_many_the_first_questions_are_the_same(cells):
    table, who = simulate(40, 800)
    names = [f"person_{person + 1:03d}{'x' * (row % 7 == 0)}" for row, person in enumerate(who.tolist())]
    table = table.with_(person=tuple(names))
    among_all = questions(table, Corrections())
    cells(1000)
    assert [question.people for question in questions(table, Corrections())] == [q.people for q in among_all]
