"""The metrics, against their definitions written out plainly."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facepipe.evaluate import metrics

pairs = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30)
quick = settings(max_examples=50, deadline=None, derandomize=True, database=None)


def arrays(rows):
    return (np.array(column) for column in zip(*rows, strict=True))


@quick
@given(pairs)
def test_b_cubed_is_the_mean_over_faces(rows):
    true, found = arrays(rows)
    same_true, same_found = true[:, None] == true, found[:, None] == found
    both = (same_true & same_found).sum(1)
    precision, recall = (both / same_found.sum(1)).mean(), (both / same_true.sum(1)).mean()
    expected = precision, recall, 2 * precision * recall / (precision + recall)
    assert metrics.b_cubed(true, found) == pytest.approx(expected)


@quick
@given(pairs)
def test_weighted_purity_is_the_share_of_majorities(rows):
    true, found = arrays(rows)
    expected = sum(np.bincount(true[found == person]).max() for person in set(found.tolist())) / len(true)
    assert metrics.weighted_purity(true, found) == pytest.approx(expected)


@quick
@given(pairs)
def test_names_of_people_do_not_matter(rows):
    true, found = arrays(rows)
    renamed = np.array([7, 3, 90, 1, 5])
    assert metrics.agreement(renamed[true], found) == pytest.approx(metrics.agreement(true, renamed[found]))
    assert metrics.b_cubed(renamed[true], renamed[found]) == pytest.approx(metrics.b_cubed(true, found))


def test_perfect_and_hand_computed_agreement():
    true = np.array([0, 0, 1, 1])
    assert all(value == pytest.approx(1) for value in metrics.agreement(true, np.array([5, 5, 2, 2])).values())
    split = metrics.agreement(true, np.array([0, 1, 2, 3]))
    assert split["homogeneity"] == pytest.approx(1) and split["completeness"] == pytest.approx(0.5)
    assert split["nmi"] == pytest.approx(2 / 3) == split["v_measure"]  # 2 * 1 * .5 / 1.5
    assert split["ari"] == 0 and split["fowlkes_mallows"] == 0
    one = metrics.agreement(true, np.zeros(4, int))
    assert one["completeness"] == pytest.approx(1) and one["homogeneity"] == pytest.approx(0)
    assert one["fowlkes_mallows"] == pytest.approx(math.sqrt(2 / 6))  # 2 of 6 pairs are right


def test_nobody_to_judge_is_not_a_perfect_score():
    nothing = np.zeros(0, int)
    assert all(math.isnan(value) for value in metrics.agreement(nothing, nothing).values())
    assert all(math.isnan(value) for value in metrics.b_cubed(nothing, nothing))
    assert math.isnan(metrics.weighted_purity(nothing, nothing))


def test_unknown_faces_as_singletons():
    assert metrics.singletons(np.array([1, -1, 0, -1])).tolist() == [1, 2, 0, 3]
    assert metrics.singletons(np.array([-1, -1])).tolist() == [0, 1]
