"""Gestures: what was done at once is listed and taken back at once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facepipe.people.decisions import Decision, in_force, replay
from facepipe.people.gestures import gestures, last_gesture

FACES = tuple("abcdef")
ONE = Decision("assign", ("a",), "Anna", "", 1)
TWO = [Decision("assign", ("b",), "Anna", "x", 2, gesture="g"), Decision("reject", ("c",), "x", "x", 3, gesture="g")]
UNDO = [Decision("undo", ("c",), "x", "", 4), Decision("undo", ("b",), "x", "Anna", 5)]


def test_decisions_of_one_gesture_are_taken_back_at_once_the_last_one_first():
    assert last_gesture([ONE, *TWO]) == TWO[::-1]
    assert last_gesture([ONE, *TWO, *UNDO]) == [ONE]
    assert last_gesture([]) == []


def test_what_was_taken_back_is_listed_as_such():
    found = gestures([ONE, *TWO, *UNDO, Decision("nobody", ("d",), "", "x", 6)])
    assert [(gesture.number, len(gesture.decisions), gesture.undone) for gesture in found] == [
        (1, 1, False),
        (2, 2, True),
        (3, 1, False),
    ]
    assert str(found[1]) == "1 face of x: now Anna; 1 face: not x, now unknown"


def test_what_was_forgotten_is_listed_and_passed_over():
    forget = Decision("forget", ("a",), number=4)
    assert [gesture.undone for gesture in gestures([ONE, *TWO, forget])] == [False, False, False]
    assert last_gesture([ONE, forget]) == []


def decision(draw, number: int) -> Decision:
    kind = draw(st.sampled_from(("assign", "same", "reject", "nobody", "rename", "different")))
    faces = draw(st.lists(st.sampled_from(FACES), min_size=1, max_size=3, unique=True))
    rest = [face for face in FACES if face not in faces]
    others = tuple(draw(st.lists(st.sampled_from(rest), min_size=1, max_size=3, unique=True)))
    name, was = draw(st.permutations(("Anna", "Ben", "person_001")))[:2]
    two = kind in ("same", "different")
    return Decision(kind, tuple(faces), name, was, number, others=others if two else ())


@st.composite
def logs(draw):
    """A log of gestures of one to three decisions, and how many gestures it has."""
    sizes = draw(st.lists(st.integers(1, 3), max_size=5))
    log: list[Decision] = []
    for gesture, size in enumerate(sizes):
        for _ in range(size):
            one = decision(draw, len(log) + 1)
            values = {name: getattr(one, name) for name in one.__slots__}
            log.append(Decision(**{**values, "gesture": f"g{gesture}" if size > 1 else ""}))
    return log, len(sizes)


@settings(max_examples=100)
@given(logs())
def test_taking_gestures_back_leads_through_the_same_states(drawn):
    log, count = drawn
    made = gestures(log)
    assert len(made) == count
    for left in reversed(range(count)):
        last = last_gesture(log)
        assert tuple(reversed(last)) == made[left].decisions
        log = [*log, *(Decision("undo", (), number=len(log) + 1 + k) for k in range(len(last)))]
        before = [one for gesture in made[:left] for one in gesture.decisions]
        assert in_force(log) == before
        found, wanted = replay(log), replay(before)
        assert (found.person, found.rejected, found.nobody, found.different, found.names) == (
            wanted.person,
            wanted.rejected,
            wanted.nobody,
            wanted.different,
            wanted.names,
        )
        assert [gesture.undone for gesture in gestures(log)] == [k >= left for k in range(count)]


@pytest.mark.parametrize("kind", ["same", "different"])
@pytest.mark.parametrize(("faces", "others"), [((), ("a",)), (("a",), ()), (("a", "b"), ("b",))])
def test_two_people_need_two_sides(kind, faces, others):
    with pytest.raises(ValueError, match="two people"):
        Decision(kind, faces, "Anna", "Ben", others=others)
    with pytest.raises(ValueError, match="two people"):
        Decision("assign", ("a",), "Anna", "Ben", others=("b",))
