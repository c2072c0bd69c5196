"""Figures of parts of the faces: what is found, and how well it is told apart."""

import math

import numpy as np
import pytest
from labelled_tables import matched
from markdown_lines import plain

from facepipe.evaluate.matching import Missed
from facepipe.evaluate.metrics import b_cubed, singletons
from facepipe.evaluate.parts import FEW, Division, by_part, to_markdown

# 30 faces of p0 and 30 of p1, five that are nobody; of p1 ten more were missed.
PERSON = np.r_[np.repeat([0, 1], 30), np.full(5, -1)]
MATCHING = matched(PERSON, [Missed(1, "clip.mp4", 900 + k, None) for k in range(10)])
LABELS = np.r_[np.zeros(30, int), np.repeat([1, -1], 15), np.full(5, 7)]  # half of p1 is unknown
SMALL = np.zeros(10, int)  # the parts of the missed faces


def told(parts) -> str:
    return "\n".join(plain(to_markdown(parts)))


def division(found, missed=SMALL, **how) -> Division:
    return Division(("small", "large"), "no size", np.asarray(found), missed, **how)


def test_every_part_has_what_was_found_and_how_well_it_was_told_apart():
    everything, small, large = by_part(MATCHING, LABELS, [division(1 - np.clip(PERSON, 0, 1))])
    assert (everything.name, everything.expected, everything.matched, everything.people) == ("all", 70, 60, 2)
    assert everything.recall == pytest.approx(60 / 70)
    whole = b_cubed(PERSON[:60], singletons(LABELS)[:60])
    assert (everything.b_cubed_precision, everything.b_cubed_recall, everything.b_cubed_f) == pytest.approx(whole)
    assert (small.name, small.expected, small.matched, small.people) == ("small", 40, 30, 1)
    assert small.recall == 0.75
    assert small.b_cubed_recall == pytest.approx((15 * 0.5 + 15 / 30) / 30)
    assert (large.name, large.recall, large.b_cubed_f) == ("large", 1, 1)


def test_faces_whose_part_is_not_known_are_a_part():
    parts = by_part(MATCHING, LABELS, [division(np.where(PERSON == 1, 1, -1), np.full(10, -1))])
    assert [(one.name, one.expected, one.matched) for one in parts[1:]] == [("large", 30, 30), ("no size", 40, 30)]
    only_missed = by_part(MATCHING, LABELS, [division(np.zeros(65, int), np.full(10, -1))])[-1]
    assert (only_missed.name, only_missed.matched, only_missed.recall) == ("no size", 0, 0)
    assert math.isnan(only_missed.b_cubed_f) and only_missed.as_dict()["b_cubed_f"] is None


def test_where_nothing_is_known_of_missed_faces_no_share_is_claimed():
    parts = by_part(MATCHING, LABELS, [division(np.zeros(65, int), None)])
    assert [one.name for one in parts] == ["all", "small"]
    assert parts[1].expected == parts[1].matched == 60 and math.isnan(parts[1].recall)
    assert "| small | 60 | - | 2 |" in told(parts)


def test_the_worst_part_comes_first_and_small_ones_last():
    found = np.where(PERSON == 1, 1, 0)
    assert [one.name for one in by_part(MATCHING, LABELS, [division(found, worst_first=True)])[1:]] == [
        "large",
        "small",
    ]
    bad_few = np.r_[np.zeros(60 - FEW + 1, int), np.ones(FEW - 1 + 5, int)]
    parts = by_part(MATCHING, LABELS, [division(bad_few, worst_first=True)])[1:]
    assert [(one.name, one.is_small) for one in parts] == [("small", False), ("large", True)]
    assert parts[1].b_cubed_f < parts[0].b_cubed_f
    assert "| large (few) | 19 | 1.000 |" in told(parts)


def test_a_truth_of_which_nothing_was_found():
    nothing = matched(np.zeros(0, int), [Missed(0, "clip.mp4", 1, None)])
    (everything,) = by_part(nothing, np.zeros(0, int), [])
    assert (everything.expected, everything.recall) == (1, 0)
    assert "| all (few) | 1 | 0.000 | 0 | - |" in told([everything])
