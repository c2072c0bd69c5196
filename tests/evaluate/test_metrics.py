"""The metrics, against their definitions written out plainly."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from facepipe.evaluate import metrics

pairs = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30)
quick = settings(max_examples=50, derandomize=True, database=None)


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
def test_pairs_are_counted(rows):
    true, found = arrays(rows)
    i, j = np.triu_indices(len(true), 1)
    there, said = true[i] == true[j], found[i] == found[j]
    precision, recall, f = metrics.pairs(true, found)
    assert precision == pytest.approx((there & said).sum() / said.sum() if said.any() else math.nan, nan_ok=True)
    assert recall == pytest.approx((there & said).sum() / there.sum() if there.any() else math.nan, nan_ok=True)
    assert math.isnan(f) if not (there.any() and said.any()) else 0 <= f <= 1


@quick
@given(pairs)
def test_agreement_is_scikit_learns(rows):
    true, found = arrays(rows)
    expected = {
        "nmi": sk.normalized_mutual_info_score(true, found),
        "ami": sk.adjusted_mutual_info_score(true, found),
        "ari": sk.adjusted_rand_score(true, found),
        "homogeneity": sk.homogeneity_score(true, found),
        "completeness": sk.completeness_score(true, found),
        "v_measure": sk.v_measure_score(true, found),
        "fowlkes_mallows": sk.fowlkes_mallows_score(true, found),
    }
    assert metrics.agreement(true, found) == pytest.approx(expected, abs=1e-9)


def test_many_people_are_scored_at_once():
    """Ten thousand true and found people: a full table of them would take 800 MB."""
    true = np.arange(20_000) % 10_000
    found = np.where(np.arange(20_000) < 1_000, true + 10_000, true)
    figures = metrics.agreement(true, found)
    assert figures["homogeneity"] == pytest.approx(1)
    assert 0.9 < figures["ami"] < figures["nmi"] < 1
    assert metrics.pairs(true, found)[:2] == (1, pytest.approx(0.9))
    assert metrics.b_cubed(true, found)[:2] == (1, pytest.approx(0.95))


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
