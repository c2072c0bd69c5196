"""Naming clusters: whatever the clusterer found, what people have decided holds."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from labelled_tables import make_table

from facepipe.people import naming
from facepipe.people.decisions import Corrections
from facepipe.table import FaceTable

NAMES = ("Anna", "Berta", "person_001", "person_002", "person_007")


def table_of(ids, labels, frames=None, vectors=None, track=None) -> FaceTable:
    """A clustered table."""
    n = len(ids)
    table = make_table(np.zeros((n, 0)) if vectors is None else vectors, frame=list(range(n)))
    return table.with_(
        face_id=tuple(ids),
        frame_id=tuple(f"f{frame}" for frame in (range(n) if frames is None else frames)),
        cluster=np.array(labels),
        track=np.full(n, -1) if track is None else np.array(track),
    )


def named(labels, before=None, *, frames=None, vectors=None, track=None, **corrections) -> dict[str, str]:
    """The names of faces a, b, c ... with these labels."""
    ids = [chr(ord("a") + i) for i in range(len(labels))]
    corrections["rejected"] = {face: frozenset(names) for face, names in corrections.get("rejected", {}).items()}
    corrections["used"] = frozenset(corrections.get("person", {}).values())
    return people_of(table_of(ids, labels, frames, vectors, track), before or {}, Corrections(**corrections))


def people_of(*situation) -> dict[str, str]:
    table = naming.named(*situation)
    return dict(zip(table.face_id, table.person, strict=True))


def test_without_a_past_people_are_numbered_as_the_clusterer_did():
    assert list(named([0, 1, -1, 0, 2]).values()) == ["person_001", "person_002", "", "person_001", "person_003"]


def test_a_cluster_gets_its_confirmed_name():
    assert named([0, 0, 0, 1], person={"b": "Anna"}) == {"a": "Anna", "b": "Anna", "c": "Anna", "d": "person_001"}


@pytest.mark.parametrize(("away", "name"), [(0.48, "Anna"), (0.52, "person_001")])
def test_a_face_between_two_confirmed_people_joins_one_within_the_spaces_distance(away, name):
    vectors = [[0.0, 0.0], [3.0, 0.0], [0.0, away]]
    assert named([0, 0, 0], person={"a": "Anna", "b": "Berta"}, vectors=vectors)["c"] == name


def test_names_stay_with_most_of_their_faces():
    before = dict.fromkeys("abc", "person_005") | {"d": "person_002"}
    names = list(named([0, 0, 1, 2, 1], before).values())
    assert names == ["person_005", "person_005", "person_001", "person_002", "person_001"]


def test_a_new_person_never_gets_a_name_that_is_in_use_or_was_spoken_of():
    found = named([0, 1, 2], person={"a": "PERSON_001"}, rejected={"c": ["person_002"]}, nobody=frozenset())
    assert found["b"] not in ("person_001", "PERSON_001")
    names = naming.free_names({"Person_001", "person_003"})
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
    tracks = draw(st.lists(st.integers(-1, 3), min_size=n, max_size=n))
    table = table_of(ids, labels, frames, [(x / 8, y / 8) for x, y in vectors], tracks)
    used = frozenset(person.values()).union(*rejected.values())
    return table, before, Corrections(person, rejected, nobody, {}, frozenset(), used)


@settings(max_examples=200)
@given(situations(), st.randoms(use_true_random=False))
def test_what_people_decided_holds_in_every_situation(situation, random):
    table, _, corrections = situation
    found = naming.named(*situation)
    names = found.person
    assert found.face_id == table.face_id and np.array_equal(found.cluster, table.cluster)
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
    free = [i for i, label in enumerate(table.cluster) if label < 0 and table.face_id[i] not in corrections.person]
    assert all(names[i] == "" for i in free), "the clusterer knew nobody"
    order = list(range(len(table)))
    random.shuffle(order)
    assert people_of(table.take(order), *situation[1:]) == of, "the order of rows matters"


@settings(max_examples=200)
@given(situations())
def test_confirmed_names_are_the_same_whatever_was_before(situation):
    table, _, corrections = situation
    first = people_of(*situation)
    again = people_of(table, first, corrections)
    assert {face for face, name in first.items() if name in ("Anna", "Berta") and face in corrections.person} == {
        face for face, name in again.items() if name in ("Anna", "Berta") and face in corrections.person
    }


@pytest.mark.parametrize("allowed", [False, True])
def test_mirrors_may_repeat_a_person_where_that_is_allowed(allowed):
    table = naming.named(table_of("ab", [0, 0], [0, 0]), {}, Corrections(), allow_duplicates=allowed)
    assert table.person.count("person_001") == 1 + allowed


def test_copies_in_a_doubled_shot_share_a_name_and_nobody_else_does():
    """Two faces of Anna in each frame; in the last, a third is hers only because somebody said so of its cluster."""
    table = table_of("abcdef", [0, 0, 0, 0, 1, 1], [0, 0, 1, 1, 1, 2])
    said = Corrections({"a": "Anna", "f": "Anna"}, used=frozenset({"Anna"}))
    assert naming.named(table, {}, said, doubled=np.ones(6, bool)).person == ("Anna",) * 4 + ("", "Anna")
    one, two = naming.named(table, {}, said, doubled=np.array([1, 1, 0, 0, 0, 0], bool)), naming.named(table, {}, said)
    assert one.person.count("Anna") == 4 and one.person[:2] == ("Anna", "Anna")
    assert two.person.count("Anna") == 3


def test_two_people_who_were_told_apart_never_share_a_name_whatever_the_clusterer_finds():
    pair = (frozenset("ab"), frozenset("ef"))
    vectors = [(0.0,), (0.1,), (0.2,), (0.8,), (0.9,), (1.0,)]
    found = named([0] * 6, vectors=vectors, different=(pair,))
    assert list(found.values()) == ["person_001"] * 3 + ["person_002"] * 3, "the others go with whom they are near to"
    before = dict.fromkeys("abcdef", "person_007")
    found = named([0] * 6, before, vectors=vectors, different=(pair,))
    assert found["a"] != found["f"] and "person_007" in (found["a"], found["f"])
    found = named([0, 0, 1, 1], person={"c": "Anna", "a": "Anna"}, different=((frozenset("b"), frozenset("d")),))
    assert found == {"a": "Anna", "b": "Anna", "c": "Anna", "d": ""}, "one of two clusters of Anna's gives way"


def test_a_track_goes_whole_with_one_of_two_who_were_told_apart():
    pair = (frozenset("a"), frozenset("e"))
    vectors = [(0.0,), (0.4,), (0.9,), (0.9,), (1.0,)]
    found = named([0] * 5, vectors=vectors, track=[-1, 3, 3, 3, -1], different=(pair,))
    assert found["b"] == found["c"] == found["d"] == found["e"] != found["a"]
