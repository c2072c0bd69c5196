"""The card of an export says what is in it, in words that agree with the numbers, and nothing that is not so."""

from collections import Counter

import pytest
from labelled_tables import make_table

from facepipe.coverage import coverage_of
from facepipe.errors import StoreError
from facepipe.export.card import Contents, Origin, card
from facepipe.export.of_run import request_for
from facepipe.faces.encoders import ENCODERS
from facepipe.faces.encoders.dlib_onnx import Dlib

SETTINGS = {"sampling": {"interval": 1.0, "stop": None}, "output": {"annotations": ["yolo"]}}


def contents(unit="crop", **changes) -> Contents:
    faces = {"faces": Counter({("ana", "train"): 1}), "units": Counter(train=1), "leak": None}
    return Contents(**{"unit": unit, **faces, "dropped": {}, "notes": (), "seen": {}, **changes})


def card_of(held=None, sources=("clip.mp4",), old="") -> str:
    origin = Origin("1.2.3", tuple(sources), "yunet", "dlib", {"yunet": "0ab1"}, SETTINGS)
    return card("imagefolder", "crops by person", {"min_size": 20, "dedupe": False}, origin, held or contents(), old)


def test_one_of_everything_is_said_in_the_singular():
    held = contents(dropped={"below --min-size 20": 1})
    assert str(held) == "1 face of 1 person in 1 crop (train 1)"
    assert held.left_out() == ["1 face below --min-size 20"]
    assert "1 face of 1 person in 1 crop (train 1), format **imagefolder**" in card_of(held)


def test_more_is_said_in_the_plural():
    faces = Counter({("ana", "train"): 3, ("ben", "val"): 2})
    held = contents("frame", faces=faces, units=Counter(train=3, val=1), dropped={"below --min-size 20": 2})
    assert str(held) == "5 faces of 2 people in 4 frames (train 3, val 1)"
    text = card_of(held)
    assert "| ana | 3 | 0 | 0 | 3 |" in text and "| **frames** | 3 | 1 | 0 | 4 |" in text
    assert "- Left out: 2 faces below --min-size 20\n" in text


def test_the_unknown_are_no_person():
    faces = Counter({("ana", "train"): 3, ("unknown", "train"): 1, ("unknown", "val"): 1})
    held = contents("frame", faces=faces, units=Counter(train=3, val=1))
    assert str(held) == "3 faces of 1 person and 2 unknown faces in 4 frames (train 3, val 1)"
    assert "| unknown | 1 | 1 | 0 | 2 |" in card_of(held)
    held = contents(faces=Counter({("unknown", "train"): 1}))
    assert str(held) == "1 unknown face in 1 crop (train 1)"


def test_it_says_how_people_are_seen_and_what_is_missing():
    few = coverage_of(make_table([[1, 0]] * 2).with_(framing=("half",) * 2))
    many = coverage_of(make_table([[1, 0]] * 5).with_(light=[10, 20, 30, 30, 30]))
    text = card_of(contents(seen={"a_b": few, "ben": many}))
    assert text.index("\n| ben ") < text.index("\n| a\\_b "), "most faces first"
    assert (
        "- ben: missing dim light, usual light, bright light, large faces, shots; only all dark light, one file\n"
        in text
    )
    assert "- a\\_b: missing close-up, head-and-shoulders, half, full, large" in text
    crowd = card_of(contents(seen={f"p{k}": few for k in range(42)}))
    assert "- and 2 people with fewer faces\n" in crowd and "- p39:" in crowd and "- p40:" not in crowd
    assert "How people are seen" not in card_of()


def test_it_says_how_it_was_made():
    text = card_of()
    assert "Exported by facepipe 1.2.3." in text
    assert "- Export: min\\_size `20`\n" in text  # without the options that were left as they are
    assert "- Detector: yunet, encoder: dlib\n" in text
    assert "- sampling: interval `1.0`, stop `None`\n" in text and "annotations" not in text
    assert "- Model yunet: SHA-256 `0ab1`\n" in text


def test_what_was_switched_off_is_said():
    request = request_for("lora", {"small": False, "dedupe": False, "min_quality": 0.0})
    origin = Origin("1.2.3", (), "yunet", "dlib", {}, SETTINGS)
    (line,) = (
        line
        for line in card("lora", "", request.as_dict(), origin, contents(), usual=request.usual()).splitlines()
        if line.startswith("- Export: ")
    )
    assert "small `False`" in line and "dedupe `False`" in line and "min\\_quality `0.0`" in line
    assert "blur" not in line and "min\\_size" not in line and "per\\_pose" not in line, "those are off anyway"


def test_it_says_for_whom_it_works_how_well():
    assert "nobody has measured this encoder" in card_of()
    for name, encoder in ENCODERS.loaded():
        assert bool(encoder.measured) == (name not in ("auto", "file"))
    origin = Origin("1.2.3", (), "yunet", "dlib", {}, SETTINGS, Dlib.measured)
    assert "East Asian" in card("csv", "rows", {}, origin, contents("row"))


@pytest.mark.parametrize(("number", "more"), [(1, ""), (20, ""), (21, " and 1 more"), (1220, " and 1,200 more")])
def test_of_many_sources_twenty_are_named(number, more):
    text = card_of(sources=[f"photo{i}.jpg" for i in range(number)])
    (line,) = (line for line in text.splitlines() if line.startswith("- Sources: "))
    named = ", ".join(f"`photo{i}.jpg`" for i in range(min(number, 20)))
    assert line == f"- Sources: {named}{more}"


@pytest.mark.parametrize(("unit", "said"), [("frame", True), ("crop", True), ("row", False), ("link", False)])
def test_blurring_is_spoken_of_where_there_are_pictures_of_its_own(unit, said):
    assert ("blurred or greyed" in card_of(contents(unit))) == said


def test_names_are_text_and_no_markdown():
    held = contents(faces=Counter({("<b>[x](y)|*", "train"): 1}), notes=("see `x`\nand # y",))
    text = card_of(held, sources=["a`b|c.mp4"])
    assert "| \\<b\\>\\[x\\]\\(y\\)\\|\\* | 1 |" in text
    assert "- Note: see \\`x\\` and \\# y\n" in text
    assert "`a'b\\|c.mp4`" in text


def test_what_a_person_wrote_is_kept_and_never_guessed_at():
    old = card_of() + "Everybody agreed.\n"
    assert card_of(contents("row"), old=old).endswith("Everybody agreed.\n")
    with pytest.raises(StoreError, match="has lost the line"):
        card_of(old="all mine")
