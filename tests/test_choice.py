"""Which faces of a person are shown: good ones with open eyes, that differ."""

import numpy as np
from labelled_tables import make_table

from facepipe.choice import appeal, diverse, to_show


def test_a_diverse_subset_has_one_of_every_look():
    rng = np.random.default_rng(3)
    looks = rng.normal(0, 1, (5, 8))
    vectors = np.repeat(looks, [40, 20, 10, 5, 1], axis=0) + rng.normal(0, 0.02, (76, 8))
    picked = diverse(vectors.astype(np.float32), np.full(76, 0.5, np.float32), 5)
    assert sorted(np.searchsorted([40, 60, 70, 75], picked, side="right").tolist()) == [0, 1, 2, 3, 4]


def test_a_diverse_subset_begins_with_the_best_face_and_avoids_poor_outliers():
    vectors = np.array([[0, 0], [1, 0], [0, 1], [5, 5]], np.float32)
    quality = np.array([0.9, 0.8, 0.8, 0.01], np.float32)
    assert diverse(vectors, quality, 3).tolist() == [0, 1, 2]
    assert diverse(vectors, quality, 9).tolist() == [0, 1, 2, 3]
    assert diverse(vectors, np.zeros(4, np.float32), 4).tolist() == [0, 1, 2, 3]
    assert diverse(vectors[:0], quality[:0], 3).tolist() == []


def test_open_eyes_come_first_and_count_no_further_than_open():
    table = make_table([[i] for i in range(4)]).with_(quality=[0.9, 0.8, 0.7, 0.7], eyes=[0.05, 0.4, 0.6, 0.15])
    assert to_show(table, np.arange(4), 1).tolist() == [1]
    assert appeal(table)[1] > appeal(table)[2] > appeal(table)[3]


def test_where_eyes_were_not_measured_quality_decides():
    table = make_table([[i] for i in range(3)]).with_(quality=[0.2, 0.8, 0.7])
    np.testing.assert_allclose(appeal(table), table.quality)


def test_faces_that_are_shown_differ_and_are_good_where_there_are_enough():
    faces = [[0, 0], [0.01, 0], [0.02, 0], [1, 0], [0, 3]]
    table = make_table(faces).with_(quality=[0.9, 0.89, 0.88, 0.7, 0.1])
    assert to_show(table, np.arange(5), 2).tolist() == [0, 3]
    assert to_show(table, np.arange(5), 5)[0] == 0 and len(to_show(table, np.arange(5), 9)) == 5
    assert sorted(to_show(table, np.array([1, 2, 4]), 3).tolist()) == [1, 2, 4]
    assert to_show(table, np.array([], np.int64), 3).tolist() == []
