"""What every registered clusterer promises, whatever it is fed; those that other packages bring too."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from labelled_tables import make_table, same_partition, simulate

from facepipe.cluster import CLUSTERERS
from facepipe.contracts import Clusterer

pytestmark = pytest.mark.parametrize("plugin", list(CLUSTERERS), ids=lambda plugin: plugin.name)
few = hypothesis_settings(max_examples=20, derandomize=True, suppress_health_check=list(HealthCheck), database=None)


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


# Values of facepipe's own options; a clusterer of another package is tried with those of its grid.
VALUES = {
    "eps": [0.3, 0.5, 0.9],
    "min_samples": [1, 2, 3, 4],
    "min_cluster_size": [2, 4],
    "leaf": [False, True],
    "sim": [None, 0.63],
    "linkage": ["average", "complete", "single", "ward"],
    "weights": [(1.0, 0.0), (1.0, 1.0), (0.0, 1.0)],
    "alpha": [0.0, 0.1],
    "metric": ["euclidean", "cosine", "cityblock"],
    "merge_face": [0.0, 0.3],
    "merge_iterations": [0, 1, 2],
}
SHARED = {"min_csize": [1, 2, 3, 4], "allow_duplicates": [False, True]}


def drawn(data, plugin) -> Clusterer:
    """A clusterer of any options that go together."""
    make = plugin.load()
    values = {**(make.grid if plugin.package else VALUES), **SHARED}
    own = {spec.name for spec in fields(make)}
    options = {name: data.draw(st.sampled_from(values[name]), label=name) for name in values if name in own}
    if options.get("linkage") == "ward":
        options |= {"metric": "euclidean", "weights": (1.0, 0.0), "sim": None}
    return make(**options)


@few
@given(table=tables(), data=st.data())
def test_labels_are_a_partition_numbered_by_first_row(plugin, table, data):
    labels = drawn(data, plugin).cluster(table).labels
    assert labels.shape == (len(table),)
    seen = []
    for label in labels[labels >= 0].tolist():
        if label not in seen:
            seen.append(label)
    assert seen == list(range(len(seen)))
    assert (labels >= -1).all()


@few
@given(table=tables(), data=st.data())
def test_a_frame_never_shows_one_person_twice(plugin, table, data):
    labels = replace(drawn(data, plugin), allow_duplicates=False).cluster(table).labels
    keys = [key for key in zip(table.frame_id, labels.tolist(), strict=True) if key[1] >= 0]
    assert len(keys) == len(set(keys))


@few
@given(table=tables(), data=st.data(), seed=st.integers(0, 2**16))
def test_the_order_of_the_rows_changes_nothing(plugin, table, data, seed):
    order = np.random.default_rng(seed).permutation(len(table))
    clusterer = drawn(data, plugin)
    straight = clusterer.cluster(table).labels
    assert same_partition(straight[order], clusterer.cluster(table.take(order)).labels)


@few
@given(table=tables(), data=st.data())
def test_twice_the_same_is_the_same(plugin, table, data):
    clusterer = drawn(data, plugin)
    first, second = (clusterer.cluster(table) for _ in range(2))
    assert np.array_equal(first.labels, second.labels) and np.array_equal(first.track, second.track)
    assert first.notes == second.notes


def test_no_face_and_one_face(plugin):
    table, _ = simulate(1, 1)
    make = plugin.load()
    assert make().cluster(table.take([])).labels.shape == (0,)
    assert make().cluster(table).labels.shape == (1,)
    assert make(min_csize=2).cluster(table).labels.tolist() == [-1]


def test_finds_people_who_are_well_apart(plugin):
    table, who = simulate(6, 120, per_frame=2)
    labels = plugin.load()(min_csize=3).cluster(table).labels
    known = labels >= 0
    assert known.mean() >= 0.95
    assert same_partition(labels[known], who[known])


def test_progress_never_passes_its_total(plugin):
    calls = []
    table, _ = simulate(4, 60)
    plugin.load()().cluster(table, lambda done, total: calls.append((done, total)))
    assert all(0 <= done <= total for done, total in calls)


def test_works_for_faces_without_any_clothing(plugin):
    table, who = simulate(4, 60, per_frame=2)
    labels = plugin.load()(min_csize=3).cluster(table.with_(has_cloth=np.zeros(60, bool))).labels
    assert same_partition(labels[labels >= 0], who[labels >= 0])


def test_is_options_with_a_grid_and_help(plugin):
    make = plugin.load()
    assert issubclass(make, Clusterer) and make().name == plugin.name
    own = {spec.name: spec for spec in fields(make)}
    assert make.grid.keys() <= own.keys() and all(make.grid.values())
    assert all(spec.metadata["help"] for spec in own.values())
    for name, values in make.grid.items():
        for value in values:
            assert getattr(make(**{name: value}), name) == value
