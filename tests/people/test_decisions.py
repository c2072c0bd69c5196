"""What decisions come to: replayed, taken back, forgotten."""

from dataclasses import replace

import pytest

from facepipe.people.decisions import Decision, describe, in_force, named_by, replay, without_person
from facepipe.review.undo import undoing

RENAME = Decision("rename", ("a", "b"), "Anna", "person_001")


def test_replay_of_moves_rejections_and_nobody():
    found = replay(
        [
            RENAME,
            Decision("assign", ("a",), "Berta", "Anna"),
            Decision("reject", ("b",), "Anna", "Anna"),
            Decision("nobody", ("c",), "", "person_009"),
            Decision("assign", ("b",), "Berta", ""),
        ]
    )
    assert found.person == {"a": "Berta", "b": "Berta"}
    assert found.rejected == {"a": {"Anna"}, "b": {"Anna"}}
    assert found.nobody == {"c"}
    assert found.names == {"person_001": "Anna"}
    assert found.used == {"person_001", "Anna", "Berta", "person_009"}


def test_a_rename_takes_earlier_decisions_along():
    found = replay([RENAME, Decision("reject", ("c",), "Anna", "Anna"), Decision("rename", ("a",), "Berta", "Anna")])
    assert found.person == {"a": "Berta", "b": "Berta"}
    assert found.rejected == {"c": {"Berta"}}
    assert found.names == {"person_001": "Berta", "Anna": "Berta"}


def test_a_rename_leaves_everybody_else_alone():
    others = [Decision("assign", (name.lower(),), name, "") for name in ("Anna", "Berta", "Carl")]
    found = replay([*others, Decision("rename", ("berta",), "Zoe", "Berta")])
    assert found.person == {"anna": "Anna", "berta": "Zoe", "carl": "Carl"}


def test_a_name_that_comes_back_to_itself():
    back = Decision("rename", ("a", "b"), "person_001", "Anna")
    assert replay([RENAME, back]).names == {"Anna": "person_001"}


def test_a_name_that_somebody_gave_up_is_another_persons_once_it_is_given_again():
    again, confirmed = Decision("assign", ("c",), "person_001", "Anna"), Decision("assign", ("a",), "Anna", "Anna")
    assert replay([RENAME, again]).names == {}
    assert replay([RENAME, again, Decision("undo", ())]).names == {"person_001": "Anna"}
    kept = Decision("rename", ("a", "b"), "Anna", "Anna")  # somebody was asked, and said so
    assert replay([RENAME, kept, confirmed]).names == {"person_001": "Anna", "Anna": "Anna"}


def test_undo_takes_back_one_after_the_other_but_never_what_was_forgotten():
    reject, forget, undo = Decision("reject", ("a",), "Anna", "Anna"), Decision("forget", ("z",)), Decision("undo", ())
    assert in_force([RENAME, reject, forget, undo]) == [RENAME, forget]
    assert in_force([RENAME, reject, forget, undo, undo, undo]) == [forget]
    assert replay([RENAME, reject, undo]).person == {"a": "Anna", "b": "Anna"}


def test_a_new_name_is_taken_back_from_all_who_had_the_old_one():
    """Of two who were confirmed as person_001, one was moved out when the folder was renamed."""
    first, names = Decision("assign", ("a", "b", "c"), "person_001", ""), dict.fromkeys("abc", "person_001")
    log = [first, RENAME, Decision("assign", ("c",), "Berta", "Anna")]
    log = [replace(decision, number=number) for number, decision in enumerate(log, 1)]
    names = named_by(names, log)
    for expected in ({"a": "Anna", "b": "Anna", "c": "Anna"}, dict.fromkeys("abc", "person_001")):
        _, entries = undoing(log, names)
        names, log = named_by(names, entries), [*log, *entries]
        assert names == expected
        assert replay(log).person == expected


def test_undo_passes_over_what_was_decided_on_forgotten_faces_alone():
    forget, undo = Decision("forget", ("a", "b")), Decision("undo", ())
    other = Decision("rename", ("c",), "Bert", "person_002")
    assert in_force([other, RENAME, forget, undo]) == [RENAME, forget]
    assert in_force([RENAME, forget, undo]) == [RENAME, forget]


def test_a_name_that_was_taken_out_is_nobodys():
    log = without_person([RENAME, Decision("assign", ("c",), "Anna", ""), Decision("forget", ("a", "b"))], {"Anna"})
    found = replay(log)
    assert (found.person, found.rejected, found.names, found.used) == ({}, {}, {}, frozenset())


def test_every_kind_can_be_told_in_a_line():
    for kind in ("assign", "reject", "nobody", "rename", "undo", "forget"):
        assert "2 faces" in describe(Decision(kind, ("a", "b"), "Anna", "person_001"))
    assert describe(Decision("same", ("a", "b"), "Anna", "Ben", others=("c",))) == "Ben is Anna (2 faces)"
    assert describe(Decision("different", ("a",), "Anna", "Ben", others=("c",))) == "Ben and Anna are two people"


@pytest.mark.parametrize("number", ["1", True, 1.0, None])
def test_a_decision_has_a_whole_number(number):
    assert Decision("nobody", ("a",), number=1).number == 1
    with pytest.raises(ValueError, match="not a decision"):
        Decision("nobody", ("a",), number=number)


def test_two_who_are_one_share_what_was_said_of_either():
    same = Decision("same", ("a", "b"), "Anna", "Ben", others=("c",))
    found = replay([Decision("reject", ("z",), "Ben", "Ben"), Decision("assign", ("d",), "Anna", "Ben"), same])
    assert found.person == dict.fromkeys("abcd", "Anna")
    assert found.rejected == {"z": {"Anna"}}, "who is not Ben is not Anna either, and d is not rejected from herself"
    assert found.names == {"Ben": "Anna"}


def test_two_people_stay_two_until_somebody_says_otherwise():
    apart = Decision("different", ("a", "b"), "Anna", "Ben", others=("c", "d"))
    pair = (frozenset("ab"), frozenset("cd"))
    assert replay([apart]).different == replay([apart]).told.apart == (pair,)
    assert replay([apart]).person == {} and named_by({"a": "Zoë", "c": "Anna"}, [apart]) == {"a": "Zoë", "c": "Anna"}
    assert replay([apart, Decision("same", ("a", "b"), "Anna", "Ben", others=("c", "d"))]).different == ()
    assert replay([apart, Decision("forget", ("a",))]).different == ((frozenset("b"), frozenset("cd")),)
    moved = Decision("assign", ("a",), "Anna", "Ben")
    assert replay([apart, moved]).different == ((frozenset("b"), frozenset("cd")),), "a was Anna's, Ben is not Anna"
    called = [Decision("rename", ("c", "d"), "Eve", "Anna"), Decision("assign", ("a", "b"), "Eve", "Ben")]
    assert replay([apart, *called]).different == ()
    assert replay([apart, Decision("forget", ("c", "d"))]).different == ()
    assert in_force([RENAME, apart, Decision("forget", ("c", "d")), Decision("undo", ())]) == [
        apart,
        Decision("forget", ("c", "d")),
    ], "there is nothing left to take back of it"


def test_what_a_clusterer_is_told():
    said = replay([RENAME, Decision("assign", ("c",), "Ben", "Anna"), Decision("reject", ("d",), "Anna", "Anna"),
                   Decision("different", ("x",), "p", "q", others=("y",))])  # fmt: skip
    assert set(said.told.people) == {frozenset("ab"), frozenset("c")}
    assert set(said.told.apart) == {(frozenset("x"), frozenset("y")), (frozenset("cd"), frozenset("ab"))}


def test_faces_were_looked_at_one_by_one_or_with_all_of_a_small_person():
    many = tuple(f"m{i}" for i in range(9))
    found = replay([RENAME, Decision("nobody", ("c",)), Decision("same", ("d",), "Anna", "Ben", others=many)])
    assert found.looked == {"c", "d"}


def test_forgetting_somebody_leaves_the_other_of_a_pair_her_name():
    log = [Decision("different", ("a",), "Anna", "Ben", others=("c",)), Decision("forget", ("a",))]
    (apart, _) = without_person(log, {"Ben"})
    assert (apart.was, apart.person) == ("<forgotten>", "Anna")
