"""How many people some groups are: pieces of somebody who is there too are no further people."""

import numpy as np
import pytest
from drawn_groups import LIKENESS, drawn

from facepipe.cluster import counted
from facepipe.cluster.counted import priors_of
from facepipe.cluster.groups import Groups


def people(groups: Groups) -> float:
    """How many are counted; each of these groups is certain to the same degree."""
    certain = counted.certainty(LIKENESS, groups.noise)[0]
    return float(np.exp(priors_of(groups, LIKENESS).everywhere)) / certain


@pytest.mark.parametrize("noise", [0.2, 0.8, 2.0])
def test_strangers_all_count(noise):
    assert 2_900 < people(drawn(np.arange(3_000), noise)) <= 3_000


@pytest.mark.parametrize(("pieces", "most"), [(2, 0.96), (4, 0.86)])
def test_pieces_that_evidence_nearly_joins_are_no_further_people(pieces, most):
    """Of such noise two pieces of somebody have on average about the evidence that it takes to join them."""
    n = 1_000 * pieces
    assert people(drawn(np.arange(n), 0.95)) > 0.985 * n
    assert 1_000 < people(drawn(np.repeat(np.arange(1_000), pieces), 0.95)) < most * n


def test_what_has_evidence_enough_says_nothing():
    """Those are joined, or something forbids it: then they are two people."""
    both = drawn(np.repeat(np.arange(1_000), 2), 0.05)
    assert people(both) > 0.97 * len(both)


def test_few_groups_count_as_they_are():
    groups = drawn(np.repeat(np.arange(10), 2), 1.6)
    assert people(groups) > 0.96 * 20
    assert people(drawn(np.zeros(1, np.int64), 1.6)) == pytest.approx(
        1 / counted.certainty(LIKENESS, np.array([1.6]))[0]
    )


def test_a_sample_tells_what_all_tell(monkeypatch):
    groups = drawn(np.repeat(np.arange(1_000), 3), 1.2)
    monkeypatch.setattr(counted, "SAMPLED", 3_000)
    every = people(groups)
    monkeypatch.setattr(counted, "SAMPLED", 600)
    assert people(groups) == pytest.approx(every, rel=0.03)


def test_the_order_of_groups_does_not_matter():
    groups = drawn(np.repeat(np.arange(600), 2), 1.2)
    shuffled = groups.take(np.random.default_rng(1).permutation(len(groups)))
    assert people(shuffled) == pytest.approx(people(groups), rel=1e-6)
