"""Numbers in sentences agree with their nouns; names in commands survive a shell."""

import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facepipe.words import counted, quoted


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((0, "face"), "0 faces"),
        ((1, "face"), "1 face"),
        ((2, "face"), "2 faces"),
        ((1, "person", "people"), "1 person"),
        ((12, "person", "people"), "12 people"),
    ],
)
def test_a_number_agrees_with_its_noun(arguments, text):
    assert counted(*arguments) == text


def test_numbers_below_each_other_are_aligned():
    assert [counted(number, "face", width=5) for number in (1, 1200)] == ["    1 face", "1,200 faces"]


def test_plain_names_are_not_quoted():
    assert quoted(Path("runs") / "clip_dataset") == str(Path("runs") / "clip_dataset")


def test_a_path_that_begins_as_an_option_is_none():
    assert shlex.split(quoted(Path("-clip dataset"))) == ["./-clip dataset"] and quoted("-clip") == "-clip"


@given(st.text(st.characters(blacklist_characters="\0"), min_size=1))
def test_a_shell_takes_a_quoted_name_for_one_word(name):
    assert shlex.split(quoted(name)) == [name]


def test_names_are_quoted_as_windows_wants_it(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("facepipe.words.os.name", "nt")
        text = quoted("Ana's clips")
    assert text == '"Ana\'s clips"'
