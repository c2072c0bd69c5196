"""Values of a JSON file: what is read many at a time is taken, or refused, as it is one by one."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facepipe.files import checked


class Person(NamedTuple):
    name: str
    age: int | None
    tall: bool


PERSON = checked.record(Person, name=checked.text, age=checked.or_none(checked.whole), tall=checked.flag)
GOOD = {"name": "Zoë", "age": 7, "tall": True}
ODD = [None, True, 0, 1 << 63, -(1 << 63), 1.5, "", "\0", "\ud800", "\udc00", [], ["a", 1, True], {}, GOOD]
anything = st.sampled_from(
    [*ODD, {**GOOD, "more": 1}, {"name": "Ben", "age": 7}, {"name": "Ben", "age": 7, "high": True}]
)
people = st.fixed_dictionaries({name: st.just(value) | anything for name, value in GOOD.items()})


def outcome(read, value):
    try:
        return read(value, "it")
    except ValueError as error:
        return str(error)


@given(st.lists(st.just(GOOD) | people | anything, max_size=4))
def test_lists_are_read_as_their_items_are(values):
    def one_by_one(value, name):
        return tuple([read(item, f"{name}[{at}]") for at, item in enumerate(value)])

    for read in (PERSON, checked.text, checked.whole, checked.flag, checked.or_none(checked.text)):
        assert outcome(checked.list_of(read), values) == outcome(one_by_one, values)


@given(st.dictionaries(st.sampled_from(["a", "b", "\0", "\ud800"]), st.just(1) | anything, max_size=3))
def test_objects_are_read_as_their_entries_are(values):
    def one_by_one(value, name):
        return {
            checked.text(key, f"a key of {name}"): checked.whole(item, f"{name}.{key}") for key, item in value.items()
        }

    assert outcome(checked.dict_of(checked.whole), values) == outcome(one_by_one, values)


@pytest.mark.parametrize("at", [0, 1700, 2999])
def test_what_is_wrong_in_a_long_list_is_named(at):
    values = [GOOD] * 3000
    assert checked.list_of(PERSON)(values, "people") == (Person(**GOOD),) * 3000
    values[at] = {**GOOD, "age": "seven"}
    with pytest.raises(ValueError, match=rf"people\[{at}\].age is not a whole number"):
        checked.list_of(PERSON)(values, "people")
