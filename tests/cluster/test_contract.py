"""What every registered clusterer promises, whatever it is fed."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from labelled_tables import make_table, same_partition, simulate

from facepipe.cluster import CLUSTERERS
from facepipe.records import Clustering
from facepipe.settings import ClusterSettings

pytestmark = pytest.mark.parametrize("name", CLUSTERERS.names)
few = hypothesis_settings(
    max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)


@st.composite
def tables(draw):
    """Up to 24 faces in up to 8 frames, of few people, some of them identical, some without clothing."""
    n = draw(st.integers(0, 24))
    people = draw(st.integers(1, 5))
    spread = draw(st.sampled_from([0.0, 0.05, 0.15]))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    who = rng.integers(0, people, n)
    face = np.eye(6)[who] * 0.6 + [0, 0, 0, 0, 0, 1.2] + spread * rng.normal(size=(n, 6))
    cloth = [None if rng.random() < 0.3 else np.eye(6)[person] for person in who]
    return make_table(face, frame=rng.integers(0, draw(st.sampled_from([1, 4, 8])), n), cloth=cloth)


@st.composite
def all_settings(draw):
    return ClusterSettings(
        eps=draw(st.sampled_from([0.3, 0.5, 0.9])),
        min_samples=draw(st.integers(1, 4)),
        min_csize=draw(st.integers(1, 4)),
        sim=draw(st.sampled_from([None, 0.63])),
        weights=draw(st.sampled_from([(1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])),
        alpha=draw(st.sampled_from([0.0, 0.1])),
        merge_face=draw(st.sampled_from([0.0, 0.3])),
        merge_iterations=draw(st.integers(0, 2)),
        allow_duplicates=draw(st.booleans()),
    )


def run(name, table, settings, progress=None) -> Clustering:
    return CLUSTERERS.load(name)(table, replace(settings, cluster=name), progress)


@few
@given(table=tables(), settings=all_settings())
def test_labels_are_a_partition_numbered_by_first_row(name, table, settings):
    labels = run(name, table, settings).labels
    assert labels.shape == (len(table),)
    seen = []
    for label in labels[labels >= 0].tolist():
        if label not in seen:
            seen.append(label)
    assert seen == list(range(len(seen)))
    assert (labels >= -1).all()


@few
@given(table=tables(), settings=all_settings())
def test_a_frame_never_shows_one_person_twice(name, table, settings):
    labels = run(name, table, replace(settings, allow_duplicates=False)).labels
    keys = [key for key in zip(table.frame_id, labels.tolist(), strict=True) if key[1] >= 0]
    assert len(keys) == len(set(keys))


@few
@given(table=tables(), settings=all_settings(), seed=st.integers(0, 2**16))
def test_the_order_of_the_rows_changes_nothing(name, table, settings, seed):
    order = np.random.default_rng(seed).permutation(len(table))
    straight = run(name, table, settings).labels
    assert same_partition(straight[order], run(name, table.take(order), settings).labels)


@few
@given(table=tables(), settings=all_settings())
def test_twice_the_same_is_the_same(name, table, settings):
    first, second = (run(name, table, settings) for _ in range(2))
    assert np.array_equal(first.labels, second.labels) and np.array_equal(first.track, second.track)
    assert first.notes == second.notes


def test_no_face_and_one_face(name):
    table, _ = simulate(1, 1)
    assert run(name, table.take([]), ClusterSettings()).labels.shape == (0,)
    assert run(name, table, ClusterSettings()).labels.shape == (1,)
    assert run(name, table, ClusterSettings(min_csize=2)).labels.tolist() == [-1]


def test_finds_people_who_are_well_apart(name):
    table, who = simulate(6, 120, per_frame=2)
    labels = run(name, table, ClusterSettings(min_csize=3)).labels
    known = labels >= 0
    assert known.mean() >= 0.95
    assert same_partition(labels[known], who[known])


def test_progress_never_passes_its_total(name):
    calls = []
    table, _ = simulate(4, 60)
    run(name, table, ClusterSettings(), lambda done, total: calls.append((done, total)))
    assert all(0 <= done <= total for done, total in calls)


def test_works_for_faces_without_any_clothing(name):
    table, who = simulate(4, 60, per_frame=2)
    labels = run(name, table.with_(has_cloth=np.zeros(60, bool)), ClusterSettings(min_csize=3)).labels
    assert same_partition(labels[labels >= 0], who[labels >= 0])
