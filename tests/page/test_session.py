"""A review in memory: what is said is in the log before it is answered, and nobody's work is lost."""

import json
import os
from dataclasses import asdict, replace

import pytest
from commandline_here import run_here

from facepipe.console import Console
from facepipe.errors import StorageFull, StoreError, UsageError
from facepipe.page import shown
from facepipe.page.answers import Gone, Taken, decisions_of
from facepipe.page.asker import Asker
from facepipe.page.session import Busy, Session
from facepipe.people.log import read_log
from facepipe.questions.propose import Proposer
from facepipe.questions.question import Question, Tile
from facepipe.results.checks import Kept
from facepipe.runs.lock import locked
from facepipe.runs.opening import load_run


@pytest.fixture
def session(out):
    return Session(out, Console(quiet=True))


def say(session, what, **answer):
    return session.say(lambda now: decisions_of(now.labels, {"say": what, **answer}))


def logged(out) -> list[dict]:
    path = out / "decisions.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def on_disk(out) -> dict[str, str]:
    """The folder in which each face's crop lies."""
    return {
        path.stem: path.parent.name.replace("unknown", "")
        for path in (out / "people").rglob("*.jpg")
        if not path.stem.endswith("_portrait")
    }


def counts(session) -> dict[str, int]:
    return {name: len(rows) for name, rows in session.labels.rows.items()}


# --- what is said -----------------------------------------------------------------------------------------------------


def test_an_answer_is_in_the_log_and_in_memory_and_not_yet_in_the_files(session, out):
    before = on_disk(out)
    said = say(session, "rename", person="person_001", name="Anna")
    assert said.changed == {"person_001", "Anna"} and session.pending
    assert [(line["kind"], line["person"], line["was"]) for line in logged(out)] == [("rename", "Anna", "person_001")]
    assert counts(session) == {"": 2, "Anna": 8, "person_002": 8}
    assert on_disk(out) == before


def test_the_files_follow(session, out):
    say(session, "rename", person="person_001", name="Anna")
    say(session, "nobody", faces=session.labels.faces("person_002")[:1])
    assert session.update() and not session.pending
    assert on_disk(out) == session.labels.by_face()
    assert not session.update(), "there is nothing left to do"
    assert not run_here("sync", out).stderr.startswith("undone") and on_disk(out) == session.labels.by_face()


def test_a_review_that_is_killed_loses_nothing(session, out):
    say(session, "rename", person="person_001", name="Anna")
    say(session, "merge", people=["person_002"], into="Anna")
    wanted = session.labels.by_face()
    del session  # nothing was written but the log
    run_here("sync", out)
    assert on_disk(out) == wanted
    assert Session(out, Console(quiet=True)).labels.by_face() == wanted


def test_every_answer_is_one_step_back(session, out):
    start = session.labels.by_face()
    faces = session.labels.faces("person_001")[:2] + session.labels.faces("person_002")[:2]
    say(session, "assign", faces=faces, person="Carla")
    assert len(logged(out)) == 2, "from two people: two decisions, one gesture"
    say(session, "merge", people=["person_001", "person_002"], into="Carla")
    assert counts(session) == {"": 2, "Carla": 16}
    session.undo()
    assert counts(session)["Carla"] == 4
    session.undo()
    assert session.labels.by_face() == start
    with pytest.raises(UsageError, match="nothing to take back"):
        session.undo()
    session.update()
    assert on_disk(out) == start


def test_a_name_that_is_taken_is_no_name(session):
    for name in ("person_002", "PERSON_002"):
        with pytest.raises(Taken) as error:
            say(session, "rename", person="person_001", name=name)
        assert error.value.name == "person_002"
    assert not session.pending


def test_a_name_is_what_its_folder_is_called(session):
    say(session, "rename", person="person_001", name="  Anna  =1+1/..  ")
    (name,) = session.labels.people()[:1] if session.labels.people()[0] != "person_002" else session.labels.people()[1:]
    assert "/" not in name
    session.update()
    assert set(on_disk(session.out).values()) == {"", name, "person_002"}
    for bad in ("", "   ", "x" * 101, "Unknown"):
        with pytest.raises(UsageError):
            say(session, "rename", person="person_002", name=bad)


def test_two_people_are_told_apart_and_keep_their_names(session, out):
    before = session.labels.by_face()
    said = say(session, "different", one="person_001", other="person_002")
    assert said.words == "person_001 and person_002 are two people" and not said.changed
    assert session.labels.by_face() == before
    assert len(logged(out)[0]["faces"]) == len(logged(out)[0]["others"]) == 8
    session.update()
    assert on_disk(out) == before


def test_who_is_split_off_gets_a_name_that_nobody_had(session):
    faces = session.labels.faces("person_001")[:3]
    say(session, "rename", person="person_002", name="Ben")
    say(session, "split", faces=faces)
    assert counts(session) == {"": 2, "person_001": 5, "Ben": 8, "person_003": 3}


@pytest.mark.parametrize(
    "answer",
    [
        {"say": "merge", "people": ["nobody"], "into": "person_001"},
        {"say": "rename", "person": "", "name": "Anna"},
        {"say": "reject", "faces": ["no-face"]},
        {"say": "different", "one": "person_001", "other": "Anna"},
    ],
)
def test_what_is_gone_is_said_and_nothing_is_logged(session, answer):
    with pytest.raises(Gone):
        session.say(lambda now: decisions_of(now.labels, answer))
    assert not session.decisions


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"say": "drop"},
        {"say": "merge"},
        {"say": "merge", "people": "x", "into": "y"},
        {"say": "reject", "faces": []},
        {"say": "reject", "faces": [1]},
        {"say": "different", "one": "person_001", "other": "person_001"},
    ],
)
def test_what_is_no_answer_is_refused(session, answer):
    with pytest.raises(UsageError):
        session.say(lambda now: decisions_of(now.labels, answer))


# --- others at work ---------------------------------------------------------------------------------------------------


def test_what_another_command_has_decided_is_known_before_the_next_answer(session, out):
    other = Session(out, Console(quiet=True))
    say(other, "rename", person="person_001", name="Anna")
    with pytest.raises(Gone):
        say(session, "rename", person="person_001", name="Berta")
    say(session, "rename", person="Anna", name="Berta")
    assert [entry.person for entry in read_log(load_run(out))] == ["Anna", "Berta"]
    other.refresh()
    assert other.labels.by_face() == session.labels.by_face()
    run_here("undo", out)
    session.refresh()
    assert "Anna" in session.labels.rows


def test_while_another_command_is_at_work_an_answer_waits(session, out, monkeypatch):
    from facepipe.files import lock

    other = lock.acquire(out)
    try:
        with pytest.raises(Busy, match="another facepipe is at work"):
            say(session, "rename", person="person_001", name="Anna")
        assert not logged(out)
    finally:
        other.release()
    say(session, "rename", person="person_001", name="Anna")


def test_a_folder_renamed_in_a_file_manager_is_a_name(session, out):
    (out / "people" / "person_001").rename(out / "people" / "Anna")
    session.refresh()
    assert counts(session) == {"": 2, "Anna": 8, "person_002": 8}
    session.update()
    assert on_disk(out) == session.labels.by_face()


def test_a_folder_renamed_before_the_files_followed_takes_nothing_back(session, out):
    """Two faces were given away and one was got; then the old folder, which does not show that yet, is renamed."""
    one, two = session.labels.faces("person_001"), session.labels.faces("person_002")
    say(session, "assign", faces=one[:2], person="person_002")
    say(session, "assign", faces=two[:1], person="person_001")
    (out / "people" / "person_001").rename(out / "people" / "Anna")
    session.refresh()
    wanted = dict.fromkeys((*two[1:], *one[:2]), "person_002") | dict.fromkeys((*one[2:], two[0]), "Anna")
    found = session.labels.by_face()
    assert {face: found[face] for face in wanted} == wanted
    session.update()
    assert on_disk(out) == found
    assert "nothing has changed" in run_here("sync", out).stderr


def test_a_folder_renamed_after_the_page_named_its_person_is_told_that_the_page_holds(session, out):
    say(session, "rename", person="person_001", name="Anna")
    (out / "people" / "person_001").rename(out / "people" / "Zoe")
    session.refresh()
    assert counts(session) == {"": 2, "Anna": 8, "person_002": 8}
    line = "16 pictures in people/Zoe: something else was decided on these faces meanwhile, which holds"
    assert line in session.notes.lines
    session.update()
    assert on_disk(out) == session.labels.by_face()


def test_what_moves_nobody_does_not_overrule_folders_that_are_renamed_meanwhile(session, out):
    say(session, "different", one="person_001", other="person_002")
    say(session, "confirm", faces=session.labels.faces("person_001"))
    (out / "people" / "person_001").rename(out / "people" / "Anna")
    session.refresh()
    assert counts(session) == {"": 2, "Anna": 8, "person_002": 8}
    session.update()
    assert on_disk(out) == session.labels.by_face()


@pytest.mark.parametrize("emptied", [False, True], ids=["a face", "all"])
def test_a_folder_stands_for_whoever_it_shows_when_the_files_have_not_followed(session, out, emptied):
    face, people = session.labels.faces("person_001")[0], out / "people"
    say(session, "rename", person="person_002", name="Ben")
    for picture in (people / "person_001").glob("*" if emptied else f"{face}*"):
        picture.rename(people / "person_002" / picture.name)
    run_here("sync", out)
    session.refresh()
    assert counts(session) == ({"": 2, "Ben": 16} if emptied else {"": 2, "person_001": 7, "Ben": 9})
    assert on_disk(out) == session.labels.by_face()
    assert {*session.corrections.person.values()} == {"Ben"}
    assert len([*people.rglob("*.jpg")]) == 2 * len(session.labels.names), "none is left where it was moved to"


def test_a_folder_emptied_into_another_says_nothing_of_who_has_left_that(session, out):
    gone, people = session.labels.faces("person_002")[0], out / "people"
    say(session, "split", faces=[gone])
    for picture in (people / "person_001").iterdir():
        picture.rename(people / "person_002" / picture.name)
    session.refresh()
    assert counts(session) == {"": 2, "person_002": 15, "person_003": 1}
    assert session.corrections.person[gone] == "person_003"


def test_answers_go_on_while_files_are_written(session, out, monkeypatch):
    from facepipe.page import session as module

    say(session, "rename", person="person_001", name="Anna")
    write = module.bring_up_to_date

    def writing(*arguments, **options):
        say(session, "rename", person="person_002", name="Ben")
        session.refresh()
        with pytest.raises(Busy):
            session.update()
        return write(*arguments, **options)

    monkeypatch.setattr(module, "bring_up_to_date", writing)
    session.update()
    assert session.pending and counts(session) == {"": 2, "Anna": 8, "Ben": 8}
    assert set(on_disk(out).values()) == {"", "Anna", "person_002"}
    monkeypatch.setattr(module, "bring_up_to_date", write)
    session.update()
    assert on_disk(out) == session.labels.by_face()


def test_people_made_anew_keep_what_was_said(session, out):
    folder = load_run(out)
    folder.update(seconds={"encoding": 1.0}, settings=replace(folder.settings))
    session = Session(out, Console(quiet=True))
    say(session, "rename", person="person_001", name="Anna")
    faces = session.labels.faces("Anna")
    session.make_anew()
    assert {session.labels.by_face()[face] for face in faces} == {"Anna"}
    assert not session.pending and on_disk(out) == session.labels.by_face()


def test_the_lock_is_free_between_answers(session, out):
    say(session, "rename", person="person_001", name="Anna")
    with locked(out):
        pass
    run_here("history", out)


def test_no_run_and_an_unfinished_one_cannot_be_reviewed(tmp_path, out):
    with pytest.raises(StoreError, match="is not a facepipe run"):
        Session(tmp_path, Console(quiet=True))
    for name in ("faces.csv", "faces.npz"):
        (out / name).unlink()
    load_run(out).update(tables={}, assembled=None, covers=None)
    with pytest.raises(StoreError, match="no finished run"):
        Session(out, Console(quiet=True))


def test_a_line_that_another_process_was_killed_over_is_left_out(session, out):
    say(session, "rename", person="person_001", name="Anna")
    with (out / "decisions.jsonl").open("ab") as log:
        log.write(b'{"kind": "rename", "faces": ["')
    say(session, "rename", person="Anna", name="Berta")
    assert [line["person"] for line in logged(out)] == ["Anna", "Berta"]
    assert Session(out, Console(quiet=True)).labels.by_face() == session.labels.by_face()


def test_an_answer_that_cannot_be_written_is_not_taken_over(session, out, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    before = session.labels.by_face()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull, match="No space left"):
        say(session, "rename", person="person_001", name="Anna")
    monkeypatch.undo()
    assert session.labels.by_face() == before and not logged(out)
    say(session, "rename", person="person_001", name="Anna")
    assert len(logged(out)) == 1


# --- who looks alike --------------------------------------------------------------------------------------------------


def test_whom_somebody_was_told_apart_from_does_not_look_most_like(session):
    one = session.labels.people()[0]
    faces = session.labels.faces(one)
    say(session, "assign", faces=faces[:4], person="Ben")
    row = session.labels.row_of[faces[-1]]

    def nearest(shown):
        return {card["name"] for card in shown["nearest"]}

    assert "Ben" in nearest(shown.person(session, one)) and "Ben" in nearest(shown.face(session, row))
    say(session, "different", one=one, other="Ben")
    assert "Ben" not in nearest(shown.person(session, one)) | nearest(shown.face(session, row))
    assert one not in nearest(shown.person(session, "Ben"))
    session.undo()
    say(session, "assign", faces=faces[4:5], person="Ben")
    assert one in nearest(shown.person(session, "Ben"))
    assert one not in nearest(shown.face(session, session.labels.row_of[faces[4]])), "it was taken out of there"


@pytest.fixture
def begins_with(out, monkeypatch):
    """The questions with which a review of a run begins that keeps some, while others are still looked for."""

    def first(*kept: Question) -> list[str]:
        folder = load_run(out)
        folder.claim(["questions.json"])
        (table,) = folder.state.tables["faces.csv"]
        (out / "questions.json").write_text(json.dumps(asdict(Kept(table, 0.5, kept))), encoding="utf-8")
        session = Session(out, Console(quiet=True))
        asker, seen = Asker(session), []

        def looking(*arguments) -> Proposer:
            seen.extend(shown.questions(session, asker, -1).get("questions", []))
            return Proposer(*arguments)

        monkeypatch.setattr("facepipe.page.asker.Proposer", looking)
        asker._find()
        assert asker.is_fresh
        return [one["why"] for one in seen]

    return first


def odd_one(session, name: str, why: str, **more) -> Question:
    face = session.labels.faces("person_001")[0]
    tile = Tile(face, (face,), name, **more)
    return Question("odd", (name,), (tile,), 0.9, 2.0, 2.0, 1.0, (f"odd:{why}",), why)


def test_a_review_begins_with_the_questions_that_the_run_keeps(session, begins_with):
    kept = [odd_one(session, "person_001", "one"), odd_one(session, "person_001", "two", owner="person_002")]
    assert begins_with(*kept) == ["one", "two"]


def test_what_is_kept_and_is_not_so_is_not_asked(session, begins_with):
    assert begins_with(
        odd_one(session, "person_002", "of somebody else"),
        odd_one(session, "person_009", "of nobody"),
        odd_one(session, "person_001", "of an owner who is gone", owner="person_009"),
        odd_one(session, "person_001", "of a likeness who is gone", nearest=("person_009",)),
        replace(odd_one(session, "person_001", "beside a face that is gone"), beside=("gone",)),
        odd_one(session, "person_001", "good"),
    ) == ["good"]


def test_what_was_decided_and_not_written_yet_is_not_asked_again(session, begins_with):
    kept = odd_one(session, "person_001", "asked before")
    say(session, "confirm", faces=[kept.tiles[0].face])
    assert begins_with(kept) == []


@pytest.fixture
def odd(session):
    """An asker, and a question on which of the faces of person_001 are somebody else."""
    one, other = session.labels.faces("person_001")[:2]
    tiles = (Tile(one, (one,), "person_001", owner="person_002"), Tile(other, (other,), "person_001", together=True))
    question = Question("odd", ("person_001",), tiles, 0.9, 2.0, 2.0, 1.0, ("odd:a",), "two faces")
    asker = Asker(session)
    asker._show([question], 0.0, session.version, frozenset())
    return asker, *asker.found.questions


def test_a_face_goes_where_it_is_likely_to_belong_or_to_somebody_new(session, odd):
    asker, question = odd
    one, other = session.labels.faces("person_001")[:2]
    shown_there = shown.questions(session, asker, -1)["questions"][0]
    assert shown_there["owners"]["person_002"]["faces"] == 8 and shown_there["tiles"][1]["together"]
    asker.answer(question, {"reply": "place", "place": {one: "person_002"}, "fresh": [other]})
    names = session.labels.by_face()
    assert names[one] == "person_002" and names[other] == "person_003"
    session.undo()
    assert session.labels.by_face()[one] == session.labels.by_face()[other] == "person_001", "one gesture"


def test_an_answer_that_names_somebody_in_another_case_means_her(session, odd):
    asker, question = odd
    say(session, "rename", person="person_002", name="Anna")
    asker.answer(question, {"reply": "place", "place": {session.labels.faces("person_001")[0]: "anna"}})
    assert counts(session) == {"": 2, "person_001": 7, "Anna": 9}
    who = Question("name", ("person_001",), asker._known[question].tiles[1:], 0.0, 0.0, 1.0, 1.0, ("name:a",), "")
    asker._show([who], 0.0, session.version, frozenset())
    asker.answer(*asker.found.questions, {"reply": "name", "name": "ANNA"})
    assert counts(session) == {"": 2, "Anna": 16}


def test_a_face_does_not_go_to_who_is_gone(session, odd):
    asker, question = odd
    one = session.labels.faces("person_001")[0]
    say(session, "rename", person="person_002", name="Ben")
    with pytest.raises(Gone):
        asker.answer(question, {"reply": "place", "place": {one: "person_002"}})
    for reply in ({"place": [one]}, {"place": {}, "fresh": "x"}):
        with pytest.raises(UsageError):
            asker.answer(question, {"reply": "place", **reply})


def test_what_was_answered_on_one_page_is_asked_on_no_other_until_it_is_taken_back(session, odd):
    asker, question = odd
    assert asker.stands(question)
    asker.answer(question, {"reply": "place", "place": {}})  # all are hers: no label has changed
    assert not asker.stands(question) and not shown.questions(session, asker, -1)["questions"]
    with pytest.raises(Gone, match="answered already"):
        asker.answer(question, {"reply": "place", "place": {session.labels.faces("person_001")[0]: ""}})
    session.undo()
    assert asker.stands(question) and shown.questions(session, asker, -1)["questions"]
