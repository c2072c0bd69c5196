"""What was corrected, taken back, or should be: history, undo, suggest, and what a new clustering would change."""

import json

import pytest
from dataset_world import talk_show
from made_run import made_run
from small_run import facepipe

from facepipe.people.decisions import Decision
from facepipe.people.log import append_log, read_log
from facepipe.runs.opening import load_run
from facepipe.runs.table import read_names


@pytest.fixture
def out(tmp_path):
    """A run of three people in two shots."""
    made_run(tmp_path / "out", talk_show(people=3, shots=2))
    return tmp_path / "out"


def names(out) -> dict[str, str]:
    return read_names(out / "faces.csv")


def move_all(out, old, new):
    target = out / "people" / new
    target.mkdir(exist_ok=True)
    for path in (out / "people" / old).iterdir():
        path.rename(target / path.name)


def people(out) -> list[str]:
    return sorted({*names(out).values()} - {""})


def test_history_lists_what_was_done_and_what_was_taken_back(out):
    one, two, three = people(out)
    assert facepipe("history", out).stdout == ""
    before = names(out)
    (out / "people" / one).rename(out / "people" / "Zoë")
    facepipe("sync", out)
    move_all(out, two, "Zoë")
    facepipe("sync", out)
    first, second = facepipe("history", out).stdout.splitlines()
    assert first.split()[0] == "1" and f"{one} is now called Zoë" in first
    assert second.split()[0] == "2" and f"{two} is Zoë" in second and "taken back" not in second
    facepipe("undo", out)
    assert people(out) == sorted(["Zoë", two, three])
    first, second = facepipe("history", out).stdout.splitlines()
    assert "taken back" in second and "taken back" not in first
    facepipe("undo", out)
    assert names(out) == before


def test_undo_takes_back_several_and_each_as_a_whole(out):
    before = names(out)
    one, two, three = people(out)
    faces = {name: tuple(face for face, person in before.items() if person == name) for name in (one, two, three)}
    folder = load_run(out)
    gesture = [
        Decision("assign", faces[one][:1], two, one, gesture="1"),
        Decision("reject", faces[three][:1], three, three, gesture="1"),
    ]
    append_log(folder, gesture, read_log(folder))
    apart = Decision("different", faces[one][:2], two, one, others=faces[two][:2])
    append_log(folder, [apart], read_log(folder))
    facepipe("sync", out)
    after = names(out)
    assert (after[faces[one][0]], after[faces[three][0]]) == (two, "")
    lines = facepipe("history", out).stdout.splitlines()
    assert len(lines) == 2 and f"{one} and {two} are two people" in lines[1]
    assert "only 2" in facepipe("undo", out, 3, code=2).stderr
    assert names(out) == after, "nothing was taken back"
    facepipe("undo", out, 2)
    assert names(out) == before
    assert facepipe("undo", out, 0, code=2).stderr.count("\n") == 1
    kinds = [decision.kind for decision in read_log(load_run(out))]
    assert kinds == ["assign", "reject", "different", "undo", "undo", "undo"]


def test_suggest_says_what_to_check_and_what_to_do_about_it(out):
    one, *_ = people(out)
    half = [face for face, name in names(out).items() if name == one][::2]
    (out / "people" / "Zoë").mkdir()
    for face in half:
        for path in (out / "people" / one).glob(f"{face}*"):
            path.rename(out / "people" / "Zoë" / path.name)
    facepipe("sync", out)
    said = facepipe("suggest", out, "--limit", 1)
    assert f"are Zoë and {one} one person?" in said.stdout and "never seen together" in said.stdout
    assert f"move all pictures of people/{one} into people/Zoë" in said.stdout and "% of the faces" in said.stderr
    first = json.loads(facepipe("suggest", out, "--json").stdout.splitlines()[0])
    assert (first["kind"], first["people"]) == ("merge", ["Zoë", one]) and 0 < first["probability"] <= 1
    assert {*first} == {"kind", "people", "question", "to_do", "why", "probability", "gain", "effort", "tiles"}
    assert all((out / tile["picture"]).is_file() and tile["face"] in tile["faces"] for tile in first["tiles"])
    assert facepipe("suggest", out, "--limit", 0, code=2).stderr.startswith("facepipe: ")
    report = (out / "report.html").read_text(encoding="utf-8")
    assert (
        report.index("Check these first")
        < report.index(f"are Zoë and {one} one person?")
        < report.index(">People</h2>")
    )


def test_cluster_says_what_would_change_and_changes_nothing(out):
    state = {path: path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}
    said = facepipe("cluster", out, "--cluster", "dbscan", "--eps", 9, "--allow-duplicates", "--dry-run").stdout
    assert said.startswith("2 people joined to others, 0 people parted, ") and "faces moved\n" in said
    assert {path: path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()} == state
    moved = int(said.split(", ")[2].split()[0])
    before = names(out)
    facepipe("cluster", out, "--cluster", "dbscan", "--eps", 9, "--allow-duplicates")
    assert sum(name != before[face] for face, name in names(out).items()) == moved


def test_explain_takes_a_picture_for_a_face(out):
    path = min((out / "people" / people(out)[0]).glob("*_portrait.jpg"))
    face = path.stem.removesuffix("_portrait")
    by_id = facepipe("explain", out, face).stdout
    assert facepipe("explain", out, path).stdout == by_id and f"to the rest of {people(out)[0]}" in by_id
    assert "no face" in facepipe("explain", out, "people/x/y.jpg", code=2).stderr
