"""Groups of people who look alike."""

import numpy as np

from facepipe.evaluate.groups import people_groups


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
