"""Looking somebody up by name."""

import pytest

from facepipe.errors import UsageError
from facepipe.files.names import safe_name
from facepipe.people.named import person_named


def test_names_are_found_as_they_are_before_anything_else():
    assert person_named("ada", ["Ada", "ada", "ADA"]) == "ada"
    assert person_named("person_002", {"person_002", "Person_002"}) == "person_002"


def test_names_are_found_in_any_case_where_only_one_is_meant():
    people = ["person_002", "person_010", "Ada", "", "person_002"]
    assert person_named("ada", people) == "Ada"
    assert person_named("PERSON_010", people) == "person_010"
    assert person_named("STRASSE", ["Straße"]) == "Straße"


def test_names_are_found_as_they_were_typed_and_as_folders_are_called():
    assert person_named("Jose\u0301", ["Jos\xe9", "Ada"]) == "Jos\xe9"
    assert person_named("Who?", [safe_name("Who?"), "Ada"]) == safe_name("Who?")


def test_a_name_that_several_have_in_another_case_is_ambiguous():
    with pytest.raises(UsageError, match=r"^'ada' may be ADA or Ada: write the name as it is$"):
        person_named("ada", ["Ada", "Ben", "ADA"])


def test_close_names_come_first_and_the_others_in_natural_order():
    people = ["person_002", "person_010", "Ada", "", "person_002"]
    with pytest.raises(UsageError, match=r"there are Ada, person_002, person_010$"):
        person_named("Adda", people)
    with pytest.raises(UsageError, match=r"there are Zoë, Ben, person_2, person_10$"):
        person_named("zoe", ["person_10", "Zoë", "Ben", "person_2"])


def test_nobody_is_the_person_of_an_unknown_face():
    for people in ([], ["", ""]):
        with pytest.raises(UsageError, match="no people"):
            person_named("Ada", people)
    with pytest.raises(UsageError, match="nobody is called ''"):
        person_named("", ["Ada", ""])


def test_long_lists_are_cut():
    with pytest.raises(UsageError, match="and 80 more"):
        person_named("x", [f"person_{i:03d}" for i in range(100)])
    with pytest.raises(UsageError, match=r"there are person_077, .* and 80 more"):
        person_named("persn_077", [f"person_{i:03d}" for i in range(100)])
