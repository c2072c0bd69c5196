"""Every name in the folder of a run."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facepipe.files.names import person_folder
from facepipe.files.removal import stays_inside
from facepipe.runs.layout import CUTS, FOLDERS, PORTRAIT, Layout, crop_name, face_and_cut

FACE = "clip-0123abcd-0000007-0"


def test_the_names_are_those_of_the_contract():
    layout = Layout(Path("out"))
    names = {
        "run": "run.json", "decisions": "decisions.jsonl", "encodings": "encodings.pickle", "report": "report.html",
        "frames": "frames", "shards": "shards", "people": "people", "montage": "montage", "annotations": "annotations",
    }  # fmt: skip
    assert {name: getattr(layout, name) for name in names} == {n: Path("out") / file for n, file in names.items()}
    assert layout.frame_picture("clip-0123abcd-0000007") == Path("out/frames/clip-0123abcd-0000007.jpg")
    assert set(FOLDERS) == {"frames", "shards", "crops", "people", "montage", "annotations", "plots"}


@pytest.mark.parametrize("cut", CUTS)
@given(person=st.text(max_size=30))
def test_a_crops_name_says_whose_face_it_is_and_stays_inside(cut, person):
    name = crop_name(person, FACE, cut)
    folder, _, file = name.rpartition("/")
    assert folder == person_folder(person) and stays_inside(name)
    assert face_and_cut(file) == (FACE, cut)


@pytest.mark.parametrize("name", ["notes.txt", f"{FACE}.png", "", "x.jpeg"])
def test_other_files_are_of_no_face(name):
    assert face_and_cut(name) == ("", "")


def test_a_portrait_is_one_of_the_cuts_and_wider_than_the_face():
    face = (100, 100, 200, 200)
    left, top, right, bottom = CUTS[PORTRAIT](face)
    assert CUTS[""](face) == face
    assert left < 100 and top < 100 and right > 200 and bottom > 200
