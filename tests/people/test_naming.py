"""Naming clusters: whatever the clusterer found, what people have decided holds."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facepipe.people.decisions import Corrections
from facepipe.people.naming import apply, free_names
from facepipe.records import Clustering
from facepipe.table import FaceTable

NAMES = ("Anna", "Berta", "person_001", "person_002", "person_007")


def table_of(ids, frames=None, vectors=None) -> FaceTable:
    n = len(ids)
    frames = frames if frames is not None else list(range(n))
    return FaceTable(
        face_id=tuple(ids),
        frame_id=tuple(f"f{frame}" for frame in frames),
        source=("clip.mp4",) * n,
        frame_index=np.array(frames),
        time_s=np.array(frames, float),
        box_ltrb=np.tile([0, 0, 10, 10], (n, 1)),
        image_wh=np.tile([100, 100], (n, 1)),
        score=np.ones(n),
        quality=np.ones(n),
        shot=np.zeros(n),
        embedding=np.zeros((n, 128)) if vectors is None else np.pad(np.array(vectors, float), ((0, 0), (0, 126))),
        cloth=np.zeros((n, 128)),
        has_cloth=np.zeros(n, bool),
        track=np.full(n, -1),
    )


def named(labels, before=None, *, frames=None, vectors=None, track=None, **corrections) -> dict[str, str]:
    """apply() on faces a, b, c ... with these labels."""
    ids = [chr(ord("a") + i) for i in range(len(labels))]
    corrections["rejected"] = {face: frozenset(names) for face, names in corrections.get("rejected", {}).items()}
    corrections["used"] = frozenset(corrections.get("person", {}).values())
    clustering = Clustering(np.array(labels), np.array(track if track is not None else [-1] * len(labels)))
    names = apply(table_of(ids, frames, vectors), clustering, before or {}, Corrections(**corrections))
    return dict(zip(ids, names, strict=True))


def test_without_a_past_people_are_numbered_as_the_clusterer_did():
    assert list(named([0, 1, -1, 0, 2]).values()) == ["person_001", "person_002", "", "person_001", "person_003"]


def test_a_cluster_gets_its_confirmed_name():
    assert named([0, 0, 0, 1], person={"b": "Anna"}) == {"a": "Anna", "b": "Anna", "c": "Anna", "d": "person_001"}


def test_names_stay_with_most_of_their_faces():
    before = dict.fromkeys("abc", "person_005") | {"d": "person_002"}
    names = list(named([0, 0, 1, 2, 1], before).values())
    assert names == ["person_005", "person_005", "person_001", "person_002", "person_001"]


def test_a_new_person_never_gets_a_name_that_is_in_use_or_was_spoken_of():
    found = named([0, 1, 2], person={"a": "PERSON_001"}, rejected={"c": ["person_002"]}, nobody=frozenset())
    assert found["b"] not in ("person_001", "PERSON_001")
    names = free_names({"Person_001", "person_003"})
    assert [next(names), next(names)] == ["person_002", "person_004"]


def test_faces_taken_out_of_a_person_do_not_take_the_others_along():
    before = dict.fromkeys("abcde", "person_001")
    found = named([0] * 6, before | {"a": "Berta"}, person={"a": "Berta"}, rejected={"a": ["person_001"]})
    assert found["a"] == "Berta"
    assert {found[face] for face in "bcde"} == {"person_001"}


def test_a_stray_confirmed_face_does_not_rename_a_crowd():
    before = dict.fromkeys("abcd", "Anna") | dict.fromkeys("efgh", "person_002")
    found = named([0, 0, 0, 1, 1, 1, 1, 1], before, person=dict.fromkeys("abcd", "Anna"))
    assert {found[face] for face in "abcd"} == {"Anna"}
    assert {found[face] for face in "efgh"} == {"person_002"}


def test_a_merge_of_two_clusters_stays():
    before = dict.fromkeys("abcdef", "Anna")
    found = named([0, 0, 1, 1, 0, 1], before, person=dict.fromkeys("abcd", "Anna"))
    assert set(found.values()) == {"Anna"}


def test_after_a_clustering_that_joined_everybody_names_go_back_to_the_confirmed():
    everybody = dict.fromkeys("abcdefgh", "Anna")  # what the bad clustering left
    found = named([0, 0, 0, 1, 1, 1, 1, 1], everybody, person={"a": "Anna", "b": "Anna"})
    assert [found[face] for face in "abc"] == ["Anna"] * 3
    assert len({found[face] for face in "defgh"} - {"Anna"}) == 1


def test_in_a_mixed_cluster_faces_go_to_the_clearly_nearest_name_or_become_new():
    vectors = [(0, 0), (1, 0), (0.1, 0), (0.9, 0), (0.5, 0), (0, 3)]
    found = named([0] * 6, vectors=vectors, person={"a": "Anna", "b": "Berta"})
    assert list(found.values()) == ["Anna", "Berta", "Anna", "Berta", "person_001", "person_001"]


def test_a_track_goes_with_its_confirmed_face():
    vectors = [(0, 0), (1, 0), (1, 0), (0.5, 0)]
    found = named([0] * 4, vectors=vectors, track=[3, -1, 3, -1], person={"a": "Anna", "b": "Berta"})
    assert found["c"] == "Anna"


def test_two_faces_of_a_frame_never_get_one_name_unless_a_person_said_so():
    merged = {"a": "Anna", "b": "Anna"}
    vectors = [(0, 0), (1, 0), (0.2, 0), (0.3, 0)]
    found = named([0, 1, 0, 1], frames=[0, 1, 2, 2], vectors=vectors, person=merged)
    assert (found["c"], found["d"]) in (("Anna", ""), ("", "Anna"))
    found = named([0, 1, 0, 1], frames=[0, 0, 0, 2], vectors=vectors, person=merged)
    assert list(found.values()) == ["Anna", "Anna", "", "Anna"]


def test_nobody_stays_unknown_and_rejected_faces_do_not_come_back():
    found = named([0, 0, 0, 0], person={"a": "Anna"}, nobody=frozenset("b"), rejected={"c": ["Anna"]})
    assert found == {"a": "Anna", "b": "", "c": "", "d": "Anna"}


def test_a_renamed_person_keeps_the_new_name():
    assert set(named([0, 0], {"a": "person_001", "b": "person_001"}, names={"person_001": "Zoë"}).values()) == {"Zoë"}


# Properties


@st.composite
def situations(draw):
    n = draw(st.integers(0, 14))
    ids = [f"face-{i:02d}" for i in range(n)]
    frames = sorted(draw(st.lists(st.integers(0, 6), min_size=n, max_size=n)))
    labels, seen = [], set()
    for frame in frames:  # a clusterer never gives two faces of one frame one label
        label = draw(st.integers(-1, 4))
        label = -1 if (frame, label) in seen else label
        seen.add((frame, label))
        labels.append(label)
    some = st.lists(st.sampled_from(ids), unique=True) if ids else st.just([])
    person = {face: draw(st.sampled_from(NAMES)) for face in draw(some)}
    nobody = frozenset(face for face in draw(some) if face not in person)
    rejected = {face: draw(st.frozensets(st.sampled_from(NAMES))) - {person.get(face)} for face in draw(some)}
    before = {face: draw(st.sampled_from(("", *NAMES, "person_003"))) for face in draw(some)}
    vectors = draw(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=n, max_size=n))
    table = table_of(ids, frames, [(x / 8, y / 8) for x, y in vectors] or np.zeros((0, 2)))
    tracks = draw(st.lists(st.integers(-1, 3), min_size=n, max_size=n))
    used = frozenset(person.values()).union(*rejected.values())
    return table, Clustering(np.array(labels), np.array(tracks)), before, Corrections(
        person, rejected, nobody, {}, frozenset(), used
    )  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(situations(), st.randoms(use_true_random=False))
def test_what_people_decided_holds_in_every_situation(situation, random):
    table, clustering, _, corrections = situation
    names = apply(*situation)
    assert len(names) == len(table) and all(isinstance(name, str) for name in names)
    of = dict(zip(table.face_id, names, strict=True))
    assert {face: of[face] for face in corrections.person} == corrections.person, "a confirmed face moved"
    assert all(of[face] == "" for face in corrections.nobody)
    assert not any(of[face] in names for face, names in corrections.rejected.items() if of[face])
    together = Counter(
        (frame, name) for frame, face, name in zip(table.frame_id, table.face_id, names, strict=True)
        if name and face not in corrections.person
    )  # fmt: skip
    assert max(together.values(), default=0) <= 1
    for frame, face, name in zip(table.frame_id, table.face_id, names, strict=True):
        if face in corrections.person:
            assert not together[frame, name]
    free = [i for i, label in enumerate(clustering.labels) if label < 0 and table.face_id[i] not in corrections.person]
    assert all(names[i] == "" for i in free), "the clusterer knew nobody"
    order = list(range(len(table)))
    random.shuffle(order)
    shuffled = apply(table.take(order), Clustering(clustering.labels[order], clustering.track[order]), *situation[2:])
    assert dict(zip(table.take(order).face_id, shuffled, strict=True)) == of, "the order of rows matters"


@settings(max_examples=200, deadline=None)
@given(situations())
def test_confirmed_names_are_the_same_whatever_was_before(situation):
    table, clustering, _, corrections = situation
    first = dict(zip(table.face_id, apply(*situation), strict=True))
    again = dict(zip(table.face_id, apply(table, clustering, first, corrections), strict=True))
    assert {face for face, name in first.items() if name in ("Anna", "Berta") and face in corrections.person} == {
        face for face, name in again.items() if name in ("Anna", "Berta") and face in corrections.person
    }


@pytest.mark.parametrize("allowed", [False, True])
def test_mirrors_may_repeat_a_person_where_that_is_allowed(allowed):
    clustering = Clustering(np.zeros(2), np.full(2, -1))
    names = apply(table_of("ab", [0, 0]), clustering, {}, Corrections(), allow_duplicates=allowed)
    assert names.count("person_001") == 1 + allowed
