"""What is expected of a run without labels."""

import numpy as np
import pytest
from labelled_tables import make_table

from facepipe.evaluate.metrics import b_cubed, singletons
from facepipe.questions.estimate import estimate


def crowd(people: int, faces: int, spread: float, seed: int = 0):
    """A table of photos of dlib's kind: directions of people, and of their pictures around them."""
    rng = np.random.default_rng(seed)
    who = rng.normal(size=(people, 100)) / 10
    vectors = np.repeat(who, faces, 0) + rng.normal(size=(people * faces, 100)) * spread / 10
    vectors *= 0.56 / np.linalg.norm(vectors, axis=1, keepdims=True)
    table = make_table(vectors).with_(quality=np.full(people * faces, 0.7))
    return table, np.repeat(np.arange(people), faces)


def named(table, labels):
    return table.with_(person=tuple(f"person_{label:03d}" if label >= 0 else "" for label in labels))


def truth(labels, who):
    precision, recall, _ = b_cubed(who, singletons(labels))
    return precision, recall


def test_a_run_without_mistakes_is_expected_to_be_right():
    table, who = crowd(12, 5, 0.5)
    found = estimate(named(table, who))
    assert found.precision > 0.98 and found.recall > 0.95 and found.f > 0.97 and found.wrong < 1


def test_people_who_were_cut_in_two_cost_recall():
    table, who = crowd(12, 6, 0.5)
    labels = np.where(np.arange(72) % 6 < 3, who, who + 12)
    precision, recall = truth(labels, who)
    found = estimate(named(table, labels))
    assert recall == pytest.approx(0.5) and found.recall == pytest.approx(recall, abs=0.06)
    assert found.precision == pytest.approx(precision, abs=0.03)


def test_faces_with_somebody_else_cost_precision():
    table, who = crowd(12, 8, 0.5)
    labels = who.copy()
    labels[::16] = (labels[::16] + 1) % 12  # every second person loses a face to the next one
    precision, _ = truth(labels, who)
    found = estimate(named(table, labels))
    assert found.wrong == pytest.approx(6, abs=1) and found.precision == pytest.approx(precision, abs=0.03)


def test_unknown_faces_of_known_people_cost_recall():
    table, who = crowd(10, 5, 0.4)
    labels = np.where(np.arange(50) % 5 == 0, -1, who)
    _, recall = truth(labels, who)
    assert estimate(named(table, labels)).recall == pytest.approx(recall, abs=0.05)


def test_the_order_of_faces_does_not_matter_and_nobody_is_fine():
    table, who = crowd(6, 4, 0.6)
    one, order = named(table, who), np.random.default_rng(1).permutation(24)
    assert estimate(one.take(order)) == pytest.approx(estimate(one)) or estimate(one.take(order)).f == pytest.approx(
        estimate(one).f
    )
    assert estimate(table.take([])).f == estimate(named(table, np.full(24, -1))).f == 1
