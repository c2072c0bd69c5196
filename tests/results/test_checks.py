"""Questions of a large run are kept over a correction, but for those that it concerns."""

import json

import pytest
from commandline_here import run_here
from made_run import made_run

import facepipe.results.checks as module
from facepipe.people.decisions import Decision
from facepipe.people.log import append_log
from facepipe.questions.question import MISTAKES, Question, Tile
from facepipe.results.checks import SHOWN, first_questions, still_open, suggested
from facepipe.results.update import update_results
from facepipe.runs.opening import load_run
from facepipe.runs.state import Forgetting


def odd(name, face, number, **more):
    tile = Tile(face, (face,), name, **more)
    return Question("odd", (name,), (tile,), 0.3, -0.8, 0.5, 1.3, (f"odd:{number}",), f"a face unlike {name}")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_FEW", 0)
    return made_run(tmp_path / "run", annotations=(), plots=())


@pytest.fixture
def names(folder):
    table = folder.table()
    return dict(zip(table.face_id, table.person, strict=True))


@pytest.fixture
def kept(folder, names):
    """Two questions about the first person for each about the second."""
    faces = {name: [face for face in names if names[face] == name] for name in ("person_001", "person_002")}
    who = ["person_001", "person_001", "person_002"] * SHOWN
    found = tuple(odd(name, faces[name][0], number) for number, name in enumerate(who))
    assert first_questions(folder, folder.table(), found) == found[:SHOWN]
    return found


def open_after(folder, names, after):
    folder = load_run(folder.path)  # as another command finds them
    renamed = {face for face, name in names.items() if after.get(face) != name}
    return still_open(folder, renamed, names, after)


def test_what_a_correction_does_not_concern_stays(folder, names, kept):
    assert open_after(folder, names, names) == kept
    after = {face: "Anna" if name == "person_001" else name for face, name in names.items()}
    assert open_after(folder, names, after) == tuple(one for one in kept if one.people == ("person_002",))


def test_who_is_only_named_beside_counts_too(folder, names):
    face = next(face for face in names if names[face] == "person_002")
    found = [odd("person_002", face, number, nearest=("person_001",)) for number in range(SHOWN)]
    found += [odd("person_002", face, number, owner="person_001") for number in range(SHOWN)]
    first_questions(folder, folder.table(), found)
    after = {face: "Anna" if name == "person_001" else name for face, name in names.items()}
    assert open_after(folder, names, after) == ()


def test_a_decision_that_renames_nobody_counts_too(folder, names, kept):
    face = next(face for face in names if names[face] == "person_001")
    append_log(folder, [Decision("assign", (face,), "person_001", "person_001")], [])
    folder.update()
    assert open_after(folder, names, names) == tuple(one for one in kept if one.people == ("person_002",))
    folder.update(applied=1)
    assert open_after(folder, names, names) == kept, "it was applied before they were found"


def test_questions_of_another_table_or_damaged_ones_are_not_believed(folder, names, kept):
    path = folder.path / "questions.json"
    whole = path.read_text(encoding="utf-8")
    for text in ("", "[]", whole[: len(whole) // 2], whole.replace('"together": false', '"together": 3'), "[" * 99_999):
        path.write_text(text, encoding="utf-8")
        assert open_after(folder, names, names) == ()
    one = json.loads(whole)["questions"][0]
    for odd_one in ({"kind": "joke"}, {"kind": "merge"}, {"people": []}, {"tiles": []}):
        path.write_text(json.dumps(json.loads(whole) | {"questions": [one | odd_one]}), encoding="utf-8")
        assert open_after(folder, names, names) == ()
    path.write_text(whole.replace(one["tiles"][0]["face"], "nobody-0000000-0"), encoding="utf-8")
    assert not any("unlike" in question.why for question in first_questions(load_run(folder.path), folder.table()))
    path.write_text(json.dumps(json.loads(whole) | {"table": "0" * 64}), encoding="utf-8")
    assert open_after(folder, names, names) == ()
    path.unlink()
    assert open_after(folder, names, names) == ()


def test_all_are_looked_for_only_where_few_are_left(folder, names, kept, monkeypatch):
    looked = []
    monkeypatch.setattr("facepipe.questions.propose.Evidence", lambda table: looked.append(table))
    after = {face: "Anna" if name == "person_001" else name for face, name in names.items()}
    update_results(folder, after)
    assert not looked and "a face unlike person_002" in folder.layout.report.read_text(encoding="utf-8")
    assert "a face unlike person_001" not in (folder.path / "questions.json").read_text(encoding="utf-8")
    monkeypatch.undo()
    update_results(folder, {face: "Bob" if name == "person_002" else name for face, name in after.items()})
    assert "a face unlike" not in folder.layout.report.read_text(encoding="utf-8")


def test_suggest_lists_what_is_kept_while_it_is_all_there_is(folder, names, kept, monkeypatch):
    found, settled = suggested(folder, 5)
    assert not any("unlike" in question.why for question in found), "some were taken away: there may be others"
    (folder.path / "questions.json").unlink()
    update_results(folder, names)
    first_questions(folder, folder.table())
    text = json.loads((folder.path / "questions.json").read_text(encoding="utf-8"))
    assert text["settled"] == settled and [question["keys"] for question in text["questions"]]
    monkeypatch.setattr("facepipe.questions.propose.Evidence", None)
    assert suggested(load_run(folder.path), 5) == (found, settled)
    assert first_questions(load_run(folder.path), folder.table()) == tuple(q for q in found if q.kind in MISTAKES)


def test_of_very_many_faces_what_is_kept_is_listed_after_corrections_too(folder, names, kept, monkeypatch):
    found, settled = suggested(folder, 2)
    monkeypatch.setattr("facepipe.results.checks.LARGE", 5)
    assert suggested(folder, 2) == (kept[:2], None) and kept[:2] != found
    assert suggested(folder, 2, anew=True) == (found, settled)
    assert suggested(folder, len(kept) + 1)[1] is not None, "more are wanted than are kept"
    told = run_here("suggest", folder.path, "--limit", 2)
    assert "a face unlike person_001" in told.stdout and "--anew looks at everybody again" in told.stderr
    told = run_here("suggest", folder.path, "--limit", 2, "--anew")
    assert "a face unlike person_001" not in told.stdout and "of the faces are settled" in told.stderr


def test_a_small_run_keeps_none(folder, kept, monkeypatch, names):
    monkeypatch.undo()
    update_results(folder, names)
    assert not (folder.path / "questions.json").exists() and "questions.json" not in folder.files


def test_who_is_forgotten_is_in_no_question(folder, names, kept):
    from facepipe.people.scan import Scan
    from facepipe.review.left import left_of
    from facepipe.review.traces import traces_of

    gone = tuple(face for face, name in names.items() if name == "person_001")
    traces = traces_of(folder, Forgetting("person_001", gone), Scan({}))
    assert any("questions.json" in line for line in left_of(folder, traces))
    update_results(folder, {face: name for face, name in names.items() if face not in gone})
    assert not any("questions.json" in line for line in left_of(folder, traces))
