"""Figures by groups of people and by parts of the faces."""

import numpy as np
import pytest
from labelled_tables import make_table

from facepipe.evaluate.groups import by_group, by_part, for_whom, people_groups, quarters
from facepipe.evaluate.matching import Matching
from facepipe.evaluate.metrics import b_cubed, singletons


def cast(seed: int = 0):
    """Three kinds of people, four of each, five faces a person, in 16 dimensions; and some who are nobody."""
    rng = np.random.default_rng(seed)
    kinds = np.eye(16)[:3] * 4
    people = np.repeat(kinds, 4, axis=0) + rng.normal(size=(12, 16)) * 0.3
    person = np.r_[np.repeat(np.arange(12), 5), np.full(7, -1)]
    return people[person] + rng.normal(size=(67, 16)) * 0.1, person


def test_people_who_look_alike_are_a_group():
    embedding, person = cast()
    group = people_groups(embedding, person, 3)
    assert [len(set(group[kind : kind + 4].tolist())) for kind in (0, 4, 8)] == [1, 1, 1]
    assert len(set(group.tolist())) == 3
    order = np.random.default_rng(1).permutation(len(person))
    assert np.array_equal(people_groups(embedding, person, 3), group)
    mixed = people_groups(embedding[order], person[order], 3)
    assert len(set(zip(group.tolist(), mixed.tolist(), strict=True))) == 3


def test_few_people_are_a_group_each_and_nobody_is_none():
    embedding, person = cast()
    assert sorted(people_groups(embedding, np.where(person > 4, -1, person)).tolist()) == [0, 1, 2, 3, 4]
    assert people_groups(embedding, np.where(person == 1, -1, person))[1] == -1
    assert people_groups(embedding[:0], person[:0]).tolist() == [-1]
    assert people_groups(np.zeros((6, 4)), np.arange(6), 3).shape == (6,)


def test_the_worst_group_comes_first_and_all_groups_make_the_whole():
    embedding, person = cast()
    group = people_groups(embedding, person, 3)
    labels = np.where(person >= 8, 8, person)  # the third kind is one person to the clusterer
    labels[:2] = -1
    found = by_group(person, labels, group)
    assert [part.faces for part in found] == [20, 20, 20]
    assert (found[0].people, found[0].precision, found[0].recall) == (4, pytest.approx(0.25), pytest.approx(1))
    assert found[-1].f == 1
    known = person >= 0
    whole = b_cubed(person[known], singletons(labels)[known])
    assert np.mean([part.precision for part in found]) == pytest.approx(whole[0])
    assert np.mean([part.recall for part in found]) == pytest.approx(whole[1])


def test_the_quarters_are_those_of_the_faces_that_the_truth_names():
    """Four people of two faces each; the later, the larger, though less high; and a huge face of nobody."""
    width, height = np.array([10, 11, 30, 31, 90, 91, 270, 271, 999]), np.array([20, 20, 18, 18, 16, 16, 14, 14, 999])
    box = np.stack([np.full(9, 5), np.full(9, 7), 5 + width, 7 + height], 1)
    person = np.array([0, 0, 1, 1, 2, 2, 3, 3, -1])
    table = make_table(np.eye(9), box=box).with_(quality=1 - width / 1000)
    labels = np.array([0, 0, 1, 1, 2, 2, 3, 4, 5])  # the largest two are apart
    parts = for_whom(table, labels, Matching(person, tuple("abcd"), 8, 9, 0, 0))
    found = {part.name: (part.faces, part.people, round(part.recall, 2)) for part in parts if "quarter" in part.name}
    assert found == {
        **{f"size, quarter {number}": (2, 1, 0.5 if number == 4 else 1.0) for number in range(1, 5)},
        **{f"quality, quarter {number}": (2, 1, 0.5 if number == 1 else 1.0) for number in range(1, 5)},
    }


def test_faces_are_divided_by_anything():
    person, labels = np.array([0, 0, 1, 1, -1]), np.array([0, 0, 1, -1, 0])
    parts = by_part(person, labels, {"size": np.array([0, 0, 1, 1, 1]), "light": np.zeros(5, int)})
    assert [(part.name, part.faces, round(part.f, 3)) for part in parts] == [
        ("size 0", 2, 1.0), ("size 1", 2, 0.667), ("light 0", 4, 0.857),
    ]  # fmt: skip
    assert quarters(np.arange(8.0)).tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert quarters(np.ones(3)).tolist() == [3, 3, 3]
