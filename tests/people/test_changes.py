"""What new names of the same faces come to, in counts and in words."""

from hypothesis import given
from hypothesis import strategies as st

from facepipe.people.changes import changes

NAMES = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(("", "Anna", "Ben", "person_001")))


def test_who_is_joined_who_is_parted_and_what_moves():
    before = dict.fromkeys("abc", "Anna") | dict.fromkeys("de", "Ben") | dict.fromkeys("fgh", "Cem") | {"i": ""}
    after = dict.fromkeys("abcde", "Anna") | {"f": "Cem", "g": "Cem", "h": "person_001", "i": "Anna", "new": "Dora"}
    found = changes(before, after)
    assert found.joined == (("Ben", "Anna"),) and found.parted == ("Cem",) and found.moved == 4
    assert list(found.lines(2)) == [
        "1 person joined to others, 1 person parted, 4 faces moved",
        "  2 faces of Ben: Anna",
        "  1 face of unknown: Anna",
        "  and 1 more face",
    ]


def test_a_person_who_is_called_otherwise_is_neither():
    found = changes(dict.fromkeys("ab", "person_001"), dict.fromkeys("ab", "person_002"))
    assert found.joined == () and found.parted == () and found.moved == 2


@given(NAMES, NAMES)
def test_what_moves_is_what_differs(before, after):
    found = changes(before, after)
    assert found.moved == sum(after.get(face, name) != name for face, name in before.items())
    assert changes(before, before).moved == 0
