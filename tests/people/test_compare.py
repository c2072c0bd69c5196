"""What people/ says: every way in which somebody may move, rename, merge or delete in a file manager."""

import os
import shutil
import unicodedata

import pytest

from facepipe.errors import StoreError
from facepipe.files.glances import Glances
from facepipe.files.paths import Paths
from facepipe.people.compare import compare
from facepipe.people.scan import name_of, scan
from facepipe.runs.layout import crop_paths

PEOPLE = {
    **{f"clip-0-{i}": "person_001" for i in range(4)},
    **{f"clip-1-{i}": "person_002" for i in range(3)},
    "clip-2-0": "Anna",
    "clip-3-0": "",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A people/ folder as a run writes it, that was looked through since."""
    for path in OWNED:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(path)
    for inner in tmp_path.iterdir():
        os.utime(inner, ns=(10**18, 10**18))
    monkeypatch.setattr("facepipe.files.hashing._SETTLED_NS", -(10**18))  # what was changed just now may be believed
    seen = Glances(_digests(tmp_path))
    assert scan(tmp_path, PEOPLE, owned=OWNED, glances=seen).as_left.folders.keys() == OWNED.folders.keys()
    seen.keep()
    return tmp_path


def _digests(folder):
    return folder.with_name(f"{folder.name}.digests")


OWNED = Paths.of(
    path for face, name in PEOPLE.items() for cut, path in crop_paths(face, name).items() if cut != "_body"
)


def changes(folder, **options):
    seen = compare(PEOPLE, OWNED, scan(folder, PEOPLE), **options)
    if options.get("complete", True):
        at_a_glance = compare(PEOPLE, OWNED, scan(folder, PEOPLE, owned=OWNED))
        assert at_a_glance == seen, "what is as it was left is passed over"
        by_times = scan(folder, PEOPLE, owned=OWNED, glances=Glances(_digests(folder)))
        assert compare(PEOPLE, OWNED, by_times) == seen, "and need not be listed"
    decisions = [(d.kind, [f.removeprefix("clip-") for f in d.faces], d.person, d.was) for d in seen.decisions]
    return decisions, [f"{what}; {where}" for what, where in seen.conflicts.items()], seen.strays


def move(folder, source, target):
    (folder / target).parent.mkdir(exist_ok=True)
    (folder / source).rename(folder / target)


def test_nothing_changed(folder):
    assert changes(folder) == ([], [], [])


def test_a_renamed_folder_names_the_person_and_confirms_its_faces(folder):
    (folder / "person_002").rename(folder / "Zoë")
    assert changes(folder) == ([("rename", ["1-0", "1-1", "1-2"], "Zoë", "person_002")], [], [])


def test_a_file_system_that_spells_names_otherwise_renames_nobody(folder):
    (folder / "person_002").rename(folder / unicodedata.normalize("NFD", "Zoë"))
    ((kind, _, name, _),), _, strays = changes(folder)
    assert (kind, name) == ("rename", unicodedata.normalize("NFC", "Zoë"))
    assert len(strays) == 6, "they are to be put into the folder as the program writes it"


def test_who_is_emptied_into_another_spelling_of_somebody_is_her(tmp_path):
    """Where a file system keeps both, nobody has touched her own folder."""
    people = {**PEOPLE, "clip-4-0": "Zoë"}
    owned = Paths.of(
        path for face, name in people.items() for cut, path in crop_paths(face, name).items() if cut != "_body"
    )
    for path in owned:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(path)
    other = tmp_path / unicodedata.normalize("NFD", "Zoë")
    if other.exists():
        pytest.skip("both spellings are one folder here")
    (tmp_path / "person_002").rename(other)
    for how in ({}, {"owned": owned}):
        (decision,) = compare(people, owned, scan(tmp_path, people, **how)).decisions
        assert (decision.kind, decision.person, decision.others) == ("same", "Zoë", ("clip-4-0",))


@pytest.mark.parametrize("cut", ["", "_portrait"])
def test_one_picture_moved_is_enough(folder, cut):
    move(folder, f"person_001/clip-0-1{cut}.jpg", f"Anna/clip-0-1{cut}.jpg")
    assert changes(folder)[0] == [("assign", ["0-1"], "Anna", "person_001")]


def test_a_new_folder_is_a_new_person(folder):
    move(folder, "person_001/clip-0-1.jpg", "Berta/clip-0-1.jpg")
    move(folder, "unknown/clip-3-0.jpg", "Berta/clip-3-0.jpg")
    found = changes(folder)[0]
    assert found == [("assign", ["3-0"], "Berta", ""), ("assign", ["0-1"], "Berta", "person_001")]


def test_two_folders_merged(folder):
    for path in list((folder / "person_001").iterdir()):
        path.rename(folder / "Anna" / path.name)
    merged = ("same", ["0-0", "0-1", "0-2", "0-3"], "Anna", "person_001")
    assert changes(folder)[0] == [merged]
    (folder / "person_001").rmdir()
    assert changes(folder)[0] == [merged]


def test_two_folders_merged_into_a_new_one(folder):
    (folder / "person_001").rename(folder / "Berta")
    for path in list((folder / "person_002").iterdir()):
        path.rename(folder / "Berta" / path.name)
    kinds = [(kind, name, was) for kind, _, name, was in changes(folder)[0]]
    assert kinds == [("rename", "Berta", "person_001"), ("assign", "Berta", "person_002")]


def test_two_people_who_swap_names(folder):
    (folder / "person_001").rename(folder / "x")
    (folder / "person_002").rename(folder / "person_001")
    (folder / "x").rename(folder / "person_002")
    found = {(kind, name, was) for kind, _, name, was in changes(folder)[0]}
    assert found == {("assign", "person_001", "person_002"), ("assign", "person_002", "person_001")}
    gestures = [decision.gesture for decision in compare(PEOPLE, OWNED, scan(folder, PEOPLE)).decisions]
    assert gestures[0] and gestures == gestures[:1] * 2, "taken back at once"


def test_a_deleted_file_is_a_rejected_face(folder):
    (folder / "person_001/clip-0-2_portrait.jpg").unlink()
    assert changes(folder)[0] == [("reject", ["0-2"], "person_001", "person_001")]


def test_moved_into_unknown_is_rejected(folder):
    move(folder, "person_001/clip-0-2.jpg", "unknown/clip-0-2.jpg")
    assert changes(folder)[0] == [("reject", ["0-2"], "person_001", "person_001")]


def test_a_deleted_folder_is_nobody(folder):
    shutil.rmtree(folder / "person_002")
    assert changes(folder)[0] == [("nobody", ["1-0", "1-1", "1-2"], "", "person_002")]


def test_an_emptied_folder_rejects_its_faces(folder):
    for path in (folder / "person_002").iterdir():
        path.unlink()
    assert changes(folder)[0] == [("reject", ["1-0", "1-1", "1-2"], "person_002", "person_002")]


def test_renamed_and_one_deleted_and_one_not_hers(folder):
    (folder / "person_001").rename(folder / "Berta")
    for path in (folder / "Berta").glob("clip-0-3*"):
        path.unlink()
    move(folder, "Berta/clip-0-2.jpg", "unknown/clip-0-2.jpg")
    (folder / "Berta/clip-0-2_portrait.jpg").unlink()
    assert changes(folder)[0] == [
        ("rename", ["0-0", "0-1"], "Berta", "person_001"),
        ("reject", ["0-2"], "Berta", "Berta"),
        ("reject", ["0-3"], "Berta", "Berta"),
    ]


def test_who_is_taken_out_of_a_folder_that_is_renamed_is_not_the_person_of_the_new_name(folder):
    for cut in ("", "_portrait"):
        move(folder, f"person_001/clip-0-1{cut}.jpg", f"Anna/clip-0-1{cut}.jpg")
    (folder / "person_001").rename(folder / "Berta")
    assert changes(folder)[0] == [
        ("rename", ["0-0", "0-2", "0-3"], "Berta", "person_001"),
        ("assign", ["0-1"], "Anna", "Berta"),
    ]


@pytest.mark.parametrize("into", ["Berta", "person_002"], ids=["renamed", "merged"])
def test_one_picture_moved_is_enough_where_the_other_went_with_its_folder(folder, into):
    move(folder, "person_001/clip-0-1.jpg", "Anna/clip-0-1.jpg")
    for path in list((folder / "person_001").iterdir()):
        move(folder, f"person_001/{path.name}", f"{into}/{path.name}")
    found, conflicts, strays = changes(folder)
    assert ("assign", ["0-1"], "Anna", into if into == "Berta" else "person_001") in found
    assert conflicts == [] and strays == [f"{into}/clip-0-1_portrait.jpg"]


def test_a_face_whose_place_is_unclear_goes_along_with_its_person(folder):
    move(folder, "person_001/clip-0-1.jpg", "clip-0-1.jpg")
    (folder / "person_001").rename(folder / "Berta")
    found, (conflict,), _ = changes(folder)
    assert found == [("rename", ["0-0", "0-2", "0-3", "0-1"], "Berta", "person_001")]
    assert "it stays Berta" in conflict


def test_whoever_stays_is_one_person_with_whom_was_merged_wherever_the_pictures_lie(folder):
    move(folder, "person_002/clip-1-0.jpg", "clip-1-0.jpg")
    move(folder, "person_002/clip-1-0_portrait.jpg", "Berta/clip-1-0_portrait.jpg")
    for path in list((folder / "person_001").iterdir()):
        move(folder, f"person_001/{path.name}", f"person_002/{path.name}")
    (merged,) = compare(PEOPLE, OWNED, scan(folder, PEOPLE)).decisions
    assert (merged.kind, merged.others) == ("same", ("clip-1-1", "clip-1-2", "clip-1-0"))


def test_a_folder_emptied_into_unknown_is_rejected(folder):
    for path in list((folder / "person_002").iterdir()):
        move(folder, f"person_002/{path.name}", f"unknown/{path.name}")
    assert changes(folder)[0] == [("reject", ["1-0", "1-1", "1-2"], "person_002", "person_002")]


def test_what_is_left_of_a_folder_that_was_emptied_into_unknown_is_not_all_of_a_person(folder):
    for path in list((folder / "person_001").iterdir()):
        move(folder, f"person_001/{path.name}", f"{'Anna' if '-0-1' in path.name else 'unknown'}/{path.name}")
    assert changes(folder)[0] == [
        ("reject", ["0-0", "0-2", "0-3"], "person_001", "person_001"),
        ("assign", ["0-1"], "Anna", "person_001"),
    ]


def test_two_people_are_one_of_those_faces_alone_that_stay_and_are_not_deleted(folder):
    move(folder, "person_002/clip-1-0.jpg", "Anna/clip-1-0.jpg")
    (folder / "person_001" / "clip-0-0.jpg").unlink()
    (folder / "person_001" / "clip-0-0_portrait.jpg").unlink()
    for path in list((folder / "person_001").iterdir()):
        move(folder, f"person_001/{path.name}", f"person_002/{path.name}")
    (folder / "person_001").rmdir()
    found = compare(PEOPLE, OWNED, scan(folder, PEOPLE)).decisions
    assert [decision.kind for decision in found] == ["reject", "same", "assign"]
    assert found[0].faces == ("clip-0-0",) and found[1].others == ("clip-1-1", "clip-1-2")


def test_deleted_from_unknown_is_nobody_but_the_whole_folder_says_nothing(folder):
    (folder / "unknown/clip-3-0.jpg").unlink()
    assert changes(folder)[0] == [("nobody", ["3-0"], "", "")]
    shutil.rmtree(folder / "unknown")
    assert changes(folder)[0] == []


@pytest.mark.parametrize("empty", [True, False])
def test_people_taken_away_as_a_whole_says_nothing(folder, empty):
    shutil.rmtree(folder)
    if empty:
        folder.mkdir()
    assert changes(folder) == ([], [], [])


def test_a_picture_that_was_never_written_was_not_deleted(folder):
    (folder / "person_001/clip-0-2.jpg").unlink()
    move(folder, "person_001/clip-0-1.jpg", "Anna/clip-0-1.jpg")
    assert changes(folder, complete=False)[0] == [("assign", ["0-1"], "Anna", "person_001")]


def test_what_interrupted_work_left_elsewhere_is_not_a_move(folder):
    shutil.copytree(folder / "person_002", folder / "person_009")
    rests = {path.replace("person_002", "person_009") for path in OWNED if path.startswith("person_002")}
    assert compare(PEOPLE, Paths.of({*OWNED, *rests}), scan(folder, PEOPLE)).decisions == []


def test_one_face_in_two_folders_is_reported_with_both_and_left_alone(folder):
    shutil.copy(folder / "person_001/clip-0-1.jpg", folder / "Anna/clip-0-1.jpg")
    decisions, (conflict,), _ = changes(folder)
    assert decisions == []
    assert "people/Anna/clip-0-1.jpg" in conflict and "people/person_001/clip-0-1.jpg" in conflict
    (folder / "person_001/clip-0-1.jpg").unlink()
    assert changes(folder)[0] == [("assign", ["0-1"], "Anna", "person_001")]
    move(folder, "person_001/clip-0-1_portrait.jpg", "Berta/clip-0-1_portrait.jpg")
    assert changes(folder)[0] == [] and len(changes(folder)[1]) == 1


def test_a_face_in_no_folder_is_a_conflict(folder):
    move(folder, "person_001/clip-0-1.jpg", "clip-0-1.jpg")
    decisions, (conflict,), _ = changes(folder)
    assert decisions == [] and "people/clip-0-1.jpg" in conflict


@pytest.mark.skipif(os.name == "nt", reason="no such name there")
def test_a_folder_with_a_line_end_in_its_name_is_nobodys(folder):
    (folder / "person_002").rename(folder / "Zo\në")
    decisions, conflicts, strays = changes(folder)
    assert (decisions, strays) == ([], [])
    assert len(conflicts) == 3 and all("lies in no person's folder; it stays person_002" in line for line in conflicts)


def test_folders_inside_a_persons_folder_are_hers(folder):
    (folder / "person_001/holiday").mkdir()
    move(folder, "person_001/clip-0-1.jpg", "person_001/holiday/clip-0-1.jpg")
    assert changes(folder) == ([], [], ["person_001/holiday/clip-0-1.jpg"])


def test_foreign_files_are_told_and_clutter_is_not(folder):
    for name in ("notes.txt", "Anna/portrait.jpg", "Anna/clip-2-0 (1).jpg", "Anna/Thumbs.db", ".DS_Store"):
        (folder / name).write_text("x")
    found = scan(folder, PEOPLE)
    assert found.foreign == ("notes.txt", "Anna/clip-2-0 (1).jpg", "Anna/portrait.jpg")
    assert changes(folder)[0] == []


def test_only_the_case_of_a_name_changed(folder):
    (folder / "Anna").rename(folder / "ANNA")
    assert changes(folder)[0] == [("rename", ["2-0"], "ANNA", "Anna")]


@pytest.mark.skipif(os.name == "nt", reason="such names cannot be made on Windows")
@pytest.mark.parametrize("name", ["Anna: the first", "a\\b", "CON", " Anna ", "x" * 250, "tab\there", "-rf"])
def test_odd_names_become_names_that_work_everywhere(folder, name):
    (folder / "person_002").rename(folder / name)
    ((kind, _, person, _),), conflicts, strays = changes(folder)
    assert kind == "rename" and not conflicts
    assert person == name_of(name) == name_of(person) and "/" not in person and "\\" not in person
    assert bool(strays) == (person != name)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may look everywhere")
def test_a_folder_that_cannot_be_read_is_not_taken_for_empty(folder):
    (folder / "person_001").chmod(0)
    try:
        with pytest.raises(StoreError, match="cannot look into"):
            scan(folder, PEOPLE)
    finally:
        (folder / "person_001").chmod(0o755)


@pytest.mark.parametrize("owned", [OWNED, None])
def test_what_is_left_when_pictures_go_is_what_would_be_found_anew(folder, owned):
    move(folder, "person_001/clip-0-3.jpg", "Anna/clip-0-3.jpg")
    (folder / "person_001/notes.txt").write_text("mine")
    found = scan(folder, PEOPLE, owned=owned)
    gone = {path for path in OWNED if "clip-1-" in path or "clip-2-" in path or path.endswith("clip-0-0.jpg")}
    for path in gone:
        (folder / path).unlink()
    left, anew = found.without(gone), scan(folder, PEOPLE)
    assert sorted(left.lying()) == sorted(anew.lying()) and left.foreign == anew.foreign
    beside = {file for file in anew.files if file.path not in left.as_left}
    assert {*left.files} == beside and (owned is None or left.as_left.folders.keys() == {"unknown"})
    assert sorted(found.without(()).lying()) == sorted(found.lying())
