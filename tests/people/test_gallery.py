"""Known people: who gets which name, and what is said of reference pictures."""

import shutil

import family
import numpy as np
import pytest
from commandline import rows
from labelled_tables import table_of

from facepipe.cli import main
from facepipe.errors import InputError
from facepipe.people.gallery import Gallery, read_gallery
from facepipe.space import DLIB

BAR = DLIB.gallery_threshold


def at(*distances: float) -> np.ndarray:
    """A vector that has these distances, orthogonal to each other, from zero."""
    vector = np.zeros(128, np.float32)
    vector[: len(distances)] = distances
    return vector


def named(faces, people, known, *, decided=(), rejected=None, frames=None, **options):
    """The names that faces with these vectors get; every face in a photo of its own unless `frames` says otherwise."""
    table = table_of([(f"{frame}.jpg", 0) for frame in (frames or range(len(faces)))])
    table = table.with_(embedding=np.stack(faces), person=tuple(people))
    said = []
    gallery = Gallery(tuple(known), np.stack(list(known.values())))
    return gallery.naming(decided, rejected or {}, said.append, **options)(table).person, said


ADA, BEN = at(0.0), at(0.0, 0.0, 1.0)


def test_the_nearest_known_person_within_the_bar():
    faces = [at(0.2), at(0.2), at(0.0, 0.3, 1.0), at(BAR + 0.02, 0, 0)]
    people = ["person_001", "person_001", "person_002", "person_003"]
    names, said = named(faces, people, {"Ada": ADA, "Ben": BEN})
    assert names == ("Ada", "Ada", "Ben", "person_003")
    assert said == ["person_001 is Ada (distance 0.20)", "person_002 is Ben (distance 0.30)"]


def test_between_two_known_people_nobody_is_named():
    names, _ = named([at(0.45)], ["person_001"], {"Ada": at(0.0), "Ben": at(0.92)})
    assert names == ("person_001",)


def test_one_name_for_two_clusters_unless_they_share_a_frame():
    faces, people = [at(0.1), at(0.2)], ["person_001", "person_002"]
    assert named(faces, people, {"Ada": ADA, "Ben": BEN})[0] == ("Ada", "Ada")
    assert named(faces, people, {"Ada": ADA, "Ben": BEN}, frames=[0, 0])[0] == ("Ada", "person_002")
    assert named(faces, people, {"Ada": ADA}, frames=[0, 0], allow_duplicates=True)[0] == ("Ada", "Ada")


def test_somebody_who_has_the_name_already_counts():
    faces, people = [at(0.4), at(0.1)], ["Ada", "person_001"]
    assert named(faces, people, {"Ada": ADA}, decided={"Ada"}, frames=[0, 0])[0] == ("Ada", "person_001")
    assert named(faces, people, {"Ada": ADA}, decided={"Ada"})[0] == ("Ada", "Ada")


def test_what_a_person_has_decided_stays():
    assert named([at(0.1)], ["person_001"], {"Ada": ADA}, decided={"person_001"})[0] == ("person_001",)
    assert named([at(0.1)], ["Grandma"], {"Ada": ADA})[0] == ("Grandma",)
    assert named([at(0.1)], [""], {"Ada": ADA})[0] == ("",)
    two = named([at(0.1), at(0.1)], ["person_001"] * 2, {"Ada": ADA}, rejected={"f1": frozenset({"Ada"})})
    assert two[0] == ("Ada", "")


def test_another_known_name_gives_way_to_a_nearer_one():
    names, _ = named([at(0.0, 0.1, 1.0)], ["Ada"], {"Ada": ADA, "Ben": BEN})
    assert names == ("Ben",)


def test_known_people_who_are_not_met_are_told():
    _, said = named([at(0.2), at(3.0)], ["person_001", ""], {"Ada": ADA, "Ben": BEN, "Zoë": at(0.0, 9.0)})
    assert said == ["person_001 is Ada (distance 0.20)", "not met: Ben, Zoë"]
    _, said = named([at(0.2)], ["Ada"], {"Ada": ADA})
    assert said == []
    _, said = named([at(3.0)], ["person_001"], {f"K{number:02d}": ADA for number in range(14)})
    assert said == [f"not met: {', '.join(f'K{number:02d}' for number in range(10))} and 4 more"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return family.family(tmp_path_factory)


def test_references_name_the_people_of_a_run(made):
    _, _, out, done = made
    assert {row["person"] for row in rows(out)} == set(family.REFERENCES)
    assert sum(" is " in line and "(distance 0." in line for line in done.stderr.splitlines()) == 6


def test_references_without_a_face_or_with_several_are_told(made):
    _, _, _, done = made
    assert "Everybody.png shows 4 faces, none clearly the largest" in done.stderr
    assert "no face found in" in done.stderr and "Wall.png" in done.stderr


def test_cluster_takes_known_people_and_a_renamed_person_keeps_the_name(made, tmp_path, capsys):
    _, references, out, _ = made
    copy, few = tmp_path / "out", tmp_path / "known"
    shutil.copytree(out, copy)
    shutil.copytree(references, few)
    (few / "Henrik.png").rename(few / "Professor.png")
    (copy / "people" / "Marta").rename(copy / "people" / "Grandma")
    assert main(["cluster", str(copy), "--known", str(few)]) == 0
    assert {row["person"] for row in rows(copy)} == {"Grandma", "Tomas", "Ruth", "Idris", "Amara", "Henrik"}
    assert "left out" in capsys.readouterr().err


def test_a_folder_without_references(tmp_path):
    with pytest.raises(InputError, match="not a folder"):
        read_gallery(tmp_path / "nowhere", None, pytest.fail)
    with pytest.raises(InputError, match="no photo in"):
        read_gallery(tmp_path, None, pytest.fail)
