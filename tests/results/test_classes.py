"""Numbers of classes: everybody keeps hers."""

from hypothesis import given
from hypothesis import strategies as st

from facepipe.results.classes import in_their_places

NAMES = st.lists(st.sampled_from("abcdefgh"), unique=True)


@given(NAMES, NAMES, st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")))
def test_everybody_has_one_number_and_keeps_it(earlier, people, became):
    found = in_their_places(earlier, people, became)
    assert sorted(found) == sorted(people)
    kept = [name for name in earlier[: len(found)] if name in people]
    assert all(found.index(name) == earlier.index(name) for name in kept), "those who need not move do not"
    assert in_their_places(found, people, became) == found


def test_who_is_renamed_keeps_the_number():
    assert in_their_places(["a", "b", "c"], ["Zoe", "a", "c"], {"b": "Zoe"}) == ["a", "Zoe", "c"]


def test_the_last_one_takes_the_place_of_who_is_gone():
    assert in_their_places(["a", "b", "c", "d"], ["a", "c", "d"], {}) == ["a", "d", "c"]
    assert in_their_places(["a", "b", "c"], ["a", "c"], {"b": "a"}) == ["a", "c"], "who joined another leaves hers"


def test_who_is_new_takes_a_free_place_then_the_next():
    assert in_their_places(["a", "b"], ["a", "c", "d"], {}) == ["a", "c", "d"]
