"""How alike strangers are here: told by who is seen in one frame, as far as there are many of them."""

import numpy as np
import pytest
from drawn_groups import LIKENESS, D, drawn
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import sparse

from facepipe.cluster import strangers
from facepipe.cluster.strangers import fitted, strangers_here
from facepipe.likeness import Strangers

Z = np.linspace(0.05, 1.2, 40)


def beside(n: int, pairs: int, seed: int = 0) -> sparse.csr_matrix:
    """Some pairs of n groups, each in a frame of its own."""
    a, b = np.random.default_rng(seed).integers(0, n, (2, pairs))
    a, b = a[a != b], b[a != b]
    ends = np.r_[a, b], np.r_[b, a]
    return sparse.csr_matrix((np.ones(len(ends[0]), bool), ends), shape=(n, n))


def density(likeness) -> np.ndarray:
    """Of z among strangers, as a logarithm."""
    return likeness._strangers(Z)


def pairs_of(matrix: sparse.csr_matrix) -> int:
    return matrix.nnz // 2


def alike(n: int, share: float, seed: int = 1):
    """Strangers of whom some look like the one before them."""
    groups = drawn(np.arange(n), 0.1, seed)
    look = np.random.default_rng(seed).random(n) < share
    groups.mean[1:][look[1:]] = (0.8 * groups.mean[1:] + 0.5 * groups.mean[:-1])[look[1:]]
    return groups


def neighbours(n: int) -> sparse.csr_matrix:
    """Each beside the next."""
    return sparse.diags([np.ones(n - 1, bool), np.ones(n - 1, bool)], [-1, 1], dtype=bool).tocsr()


def test_two_gaussians_are_found_again():
    rng, true = np.random.default_rng(0), Strangers(0.01, 0.08, 0.2, LIKENESS.alike_mean, 0.2)
    z = np.r_[rng.normal(0.01, 0.08, 40_000), rng.normal(LIKENESS.alike_mean, 0.2, 10_000)]
    assert fitted(z, np.full(len(z), 1.0), LIKENESS.strangers, 0.2) == pytest.approx(true, abs=0.03)


@given(st.integers(1, 300), st.floats(0, 1), st.integers(0, 5))
@example(1, 1.0, 3)  # nobody but one person twice
def test_whatever_is_seen_it_is_a_density(count, spread, seed):
    z = np.random.default_rng(seed).normal(0, spread, count)
    found = fitted(z, np.full(len(z), 1.0), LIKENESS.strangers, 0.2)
    grid = np.linspace(-6, 6, 6_001)
    assert (np.exp(found.log_density(grid)) * (grid[1] - grid[0])).sum() == pytest.approx(1, abs=0.02)


def test_few_pairs_tell_nothing():
    groups = drawn(np.arange(200), 0.1)
    assert strangers_here(groups, beside(200, 99), LIKENESS) is LIKENESS
    assert strangers_here(groups, beside(200, 0), LIKENESS) is LIKENESS


def test_a_family_on_many_photos_is_few_people():
    """However often they are seen together: of twenty there are 190 pairs."""
    groups = drawn(np.repeat(np.arange(20), 10), 0.05)
    here = strangers_here(groups, beside(200, 15_000), LIKENESS)
    assert np.abs(density(here) - density(LIKENESS)).max() < 1.0
    few = drawn(np.arange(10), 0.05)
    assert strangers_here(few, beside(10, 40), LIKENESS) is LIKENESS


@pytest.mark.parametrize("pairs", [2_000, 20_000, 200_000])
def test_where_none_of_very_many_lies_strangers_are_rarer_and_no_rarer_than_that(pairs):
    groups, seen = drawn(np.arange(4_000), 0.1), beside(4_000, pairs)
    fall = density(LIKENESS) - density(strangers_here(groups, seen, LIKENESS))
    most = np.log1p(pairs_of(seen) / strangers.PRIOR_ABSENT)
    assert fall.max() <= most + 1e-6
    assert fall[Z > 0.5].min() > 0.8 * most, "random directions are never that near"


def test_where_people_look_alike_evidence_is_weaker():
    n = 20_000
    usual, here = (strangers_here(groups, neighbours(n), LIKENESS) for groups in (alike(n, 0), alike(n, 0.02)))
    near = (Z > 0.45) & (Z < 0.75)  # where those lie
    assert (density(usual)[near] < density(LIKENESS)[near]).all()
    assert (density(here)[near] > density(LIKENESS)[near] + 1).all()


def test_one_person_twice_in_a_picture_is_no_stranger():
    """A mirror, a poster: nobody is told to be less certain because of it."""
    n = 20_000
    who, seen = np.arange(n), sparse.kron(sparse.identity(n // 2), np.array([[0, 1], [1, 0]])).astype(bool).tocsr()
    twice = np.where(who < 2_000, who // 2 * 2, who)
    one, other = (strangers_here(drawn(some, 0.41), seen, LIKENESS) for some in (who, twice))
    far = Z > 0.7
    assert (density(other)[far] < density(LIKENESS)[far] + 1).all()
    assert density(other) == pytest.approx(density(one), abs=1)


def test_light_that_two_faces_share_says_nothing_of_others():
    n = 20_000
    groups = drawn(np.arange(n), 0.1)
    light = np.repeat(np.random.default_rng(3).normal(size=(n // 2, D)), 2, axis=0) * np.sqrt(0.03 / D)
    lit = groups.take(np.arange(n))
    lit.mean += light.astype(np.float32)
    seen = sparse.kron(sparse.identity(n // 2), np.array([[0, 1], [1, 0]])).astype(bool).tocsr()
    one, other = (strangers_here(some, seen, LIKENESS) for some in (groups, lit))
    assert density(other) == pytest.approx(density(one), abs=0.3)


def test_evidence_never_falls_as_faces_are_more_alike():
    n = 20_000
    here = strangers_here(alike(n, 0.02), neighbours(n), LIKENESS)
    z = np.linspace(0.01, 2.5, 500)
    assert (np.diff(here.evidence(np.tanh(z), np.full(500, 0.4))) >= -1e-9).all()
    for nats in (3.0, 8.0, 12.0):
        assert here.evidence(np.array(here.least(nats) - 0.005), np.array(0.9)) < nats


def test_the_order_of_groups_does_not_matter(monkeypatch):
    monkeypatch.setattr(strangers, "_LOOKED_AT", 500)
    groups, seen = alike(3_000, 0.05), neighbours(3_000)
    order = np.random.default_rng(2).permutation(3_000)
    shuffled = strangers_here(groups.take(order), seen[order][:, order].tocsr(), LIKENESS)
    assert density(shuffled) == pytest.approx(density(strangers_here(groups, seen, LIKENESS)), abs=1e-6)
