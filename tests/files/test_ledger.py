"""A list of files that grows: what was noted is known again, whatever came between."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facepipe.errors import StoreError
from facepipe.files.ledger import Ledger, recipe

NAMES = st.sampled_from(["a.jpg", "people/Ana Ř/x.jpg", "people/Ana/x.jpg", "- b", "+ c/d"])
STEPS = st.lists(st.tuples(st.sampled_from(["claim", "made", "drop", "compact"]), NAMES), max_size=12)


@settings(max_examples=40)  # each step is flushed to the disk
@given(STEPS)
def test_what_was_noted_is_read_again(tmp_path_factory, steps):
    path = tmp_path_factory.mktemp("ledger") / "files.log"
    ledger, expected = Ledger(path), {}
    for number, (step, name) in enumerate(steps):
        if step == "claim":
            ledger.claim([name])
            expected[name] = ""
        elif step == "drop":
            ledger.drop([name])
            expected.pop(name, None)
        elif step == "made" and name in expected:
            ledger.made({name: recipe(number)})
            expected[name] = recipe(number)
        elif step == "compact":
            ledger.compact()
        assert dict(ledger) == expected
        assert not path.exists() or dict(Ledger.read(path)) == expected


def test_a_line_that_was_cut_short_says_nothing_and_is_overwritten(tmp_path):
    ledger = Ledger(tmp_path / "files.log")
    ledger.claim(["a.jpg", "b.jpg"])
    with ledger.path.open("ab") as handle:
        handle.write(b"- a.j")
    again = Ledger.read(ledger.path)
    assert set(again) == {"a.jpg", "b.jpg"}
    again.claim(["c.jpg"])
    assert set(Ledger.read(ledger.path)) == {"a.jpg", "b.jpg", "c.jpg"}


def test_a_line_may_be_cut_anywhere_in_the_middle_of_a_letter_too(tmp_path):
    ledger = Ledger(tmp_path / "files.log")
    ledger.claim(["a.jpg"])
    whole = ledger.path.read_bytes()
    ledger.claim(["people/Zoë/ß.jpg"])
    line = ledger.path.read_bytes().removeprefix(whole)
    for size in range(len(line)):
        ledger.path.write_bytes(whole + line[:size])
        assert set(Ledger.read(ledger.path)) == {"a.jpg"}


def test_a_long_list_is_read_some_lines_at_a_time(tmp_path, monkeypatch):
    ledger = Ledger(tmp_path / "files.log")
    ledger.claim({f"people/Zoë {number}/{k}.jpg" for number in range(30) for k in range(5)})
    whole = dict(ledger)
    for size in (1, 2, 40, 41, 42, 300):
        monkeypatch.setattr("facepipe.files.lines._BLOCK", size)
        assert dict(Ledger.read(ledger.path)) == whole


def test_the_file_does_not_grow_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr("facepipe.files.ledger._MOST_DEAD", 20)
    ledger = Ledger(tmp_path / "files.log")
    for _ in range(30):
        ledger.claim(["a.jpg"])
        ledger.made({"a.jpg": "0" * 20})
    assert len(ledger.path.read_text().splitlines()) < 24


def test_files_of_one_folder_stand_in_one_line(tmp_path):
    ledger = Ledger(tmp_path / "files.log")
    names = {f"people/Ana/{number}.jpg" for number in range(50)} | {"a.csv", "b.csv", "people/Ana B/x", "people/y"}
    ledger.claim(names)
    ledger.drop(["people/Ana/7.jpg", "people/Ana/8.jpg"])
    assert len(ledger.path.read_text().splitlines()) < 10
    again = Ledger.read(ledger.path)
    assert {*again} == names - {"people/Ana/7.jpg", "people/Ana/8.jpg"} == {*again.paths}
    assert {*again.below("people")} == {path.removeprefix("people/") for path in again if path.startswith("people/")}
    assert {*again.below("people/Ana")} == {f"{number}.jpg" for number in range(50) if number not in (7, 8)}
    assert "people/Ana/3.jpg" in again and "people/Ana/7.jpg" not in again and "people/Ana" not in again


def test_the_list_of_an_older_program_is_read_and_written_anew(tmp_path):
    path = tmp_path / "files.log"
    path.write_text("facepipe-files-1\n+ a.csv\n+ people/Ana/x.jpg\n0123 montage/Ana.jpg\n- a.csv\n")
    ledger = Ledger.read(path)
    assert dict(ledger) == {"people/Ana/x.jpg": "", "montage/Ana.jpg": "0123"} and not ledger.is_stored
    ledger.claim(["b.csv"])
    assert path.read_text().startswith("facepipe-files-2\n")
    assert dict(Ledger.read(path)) == {"people/Ana/x.jpg": "", "montage/Ana.jpg": "0123", "b.csv": ""}


HOSTILE = ["+ ../x", "x", "+ /x", "+ people//../x", "+ ..//x/y", "+ people//x//y", "+ people//x/", "+ //x/y", "+ "]


@pytest.mark.parametrize("text", ["", "hello\n", "\xff\n", *(f"facepipe-files-2\n{line}\n" for line in HOSTILE)])
def test_what_is_no_such_list_is_refused(tmp_path, text):
    (tmp_path / "files.log").write_text(text, encoding="latin-1")
    with pytest.raises(ValueError):
        Ledger.read(tmp_path / "files.log")


def test_a_name_that_no_line_can_hold_is_refused(tmp_path):
    with pytest.raises(StoreError, match="no line ends"):
        Ledger(tmp_path / "files.log").claim(["a\n- b"])
    assert not (tmp_path / "files.log").exists()
