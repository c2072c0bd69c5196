"""The log on disk: append-only, and believed only where it is what the run's state says of it."""

import json
import os
import shutil

import pytest
from commandline import rows, state
from commandline_here import run_here
from made_run import made_run

from facepipe.errors import StoreError
from facepipe.files.ledger import Ledger
from facepipe.people.decisions import Decision, replay
from facepipe.people.forgotten import erased_faces
from facepipe.people.log import accept_log, append_log, extend_log, forget_in_log, mend_log, read_log
from facepipe.runs.folder import RunFolder
from facepipe.runs.opening import load_run
from facepipe.runs.state import LogMark, RunState
from facepipe.settings import Settings

RENAME = Decision("rename", ("a", "b"), "Anna", "person_001")
NOBODY = Decision("nobody", ("c",), "", "person_002")


@pytest.fixture
def folder(tmp_path):
    return RunFolder(
        tmp_path,
        RunState(settings=Settings.of(detector="cnn", encoder="dlib"), shard_digest="digest"),
        Ledger(tmp_path / "files.log"),
    )


def append(folder, *decisions):
    return append_log(folder, decisions, read_log(folder))


def test_decisions_are_numbered_dated_signed_and_come_back(folder, monkeypatch):
    monkeypatch.setenv("LOGNAME", "ada")
    assert read_log(folder) == []
    first = append(folder, RENAME)
    second = append(folder, NOBODY, Decision("assign", ("d",), "Zoë", ""))
    assert read_log(folder) == first + second
    assert [decision.number for decision in read_log(folder)] == [1, 2, 3]
    assert all(decision.when.endswith("+00:00") and decision.by == "ada" for decision in read_log(folder))
    lines = folder.layout.decisions.read_text(encoding="utf-8").splitlines()
    assert set(json.loads(lines[0])) == {"number", "when", "by", "kind", "faces", "person", "was"}
    assert "Zoë" in lines[2]
    assert load_run(folder.path).state.log == folder.state.log and folder.state.log.lines == 3


def test_decisions_that_were_made_at_once_get_an_id_that_no_others_have(folder):
    two = [Decision("assign", (face,), "Zoë", "", gesture="1") for face in "de"]
    first, second = append(folder, *two), append(folder, *two, NOBODY)
    (one,), (other,) = ({decision.gesture for decision in some[:2]} for some in (first, second))
    assert one and other and one != other and second[2].gesture == "" and read_log(folder) == first + second


def test_what_is_said_of_two_people_comes_back(folder):
    pair = [Decision(kind, ("a",), "Anna", "Ben", others=("b", "c")) for kind in ("same", "different")]
    assert append(folder, *pair) == read_log(folder)
    line = json.loads(folder.layout.decisions.read_text(encoding="utf-8").splitlines()[0])
    assert line["others"] == ["b", "c"] and "gesture" not in line


def test_a_log_only_grows(folder):
    append(folder, RENAME)
    before = folder.layout.decisions.read_bytes()
    append(folder, Decision("undo", ("a",), "person_001", "Anna"))
    assert folder.layout.decisions.read_bytes().startswith(before)
    append(folder)
    assert len(read_log(folder)) == 2


@pytest.mark.parametrize(
    "line",
    ["", "{", "[]", "7", '{"kind": "assign"}', '{"kind": "eat", "faces": [], "number": 2}',
     '{"kind": "assign", "faces": [7], "number": 2}', '{"kind": "different", "faces": ["a"], "number": 2}',
     '{"kind": "same", "faces": ["a"], "others": ["a"], "number": 2}',
     '{"kind": "nobody", "faces": [], "others": ["a"], "number": 2}',
     '{"kind": "assign", "faces": [], "number": 2, "gesture": 7}',
     '{"kind": "same", "faces": ["a"], "others": 7, "number": 2}',
     '{"kind": "assign", "faces": [], "number": 5}',
     '{"kind": "assign", "faces": [], "number": true}', '{"kind": "assign", "faces": ["\\ud800"], "number": 2}',
     '{"kind": "assign", "faces": [], "number": 2, "more": 1}',
     "[" * 100_000],
)  # fmt: skip
def test_a_damaged_line_is_named(folder, line):
    append(folder, RENAME)
    log = folder.layout.decisions
    log.write_text(log.read_text() + line + "\n")
    with pytest.raises(
        StoreError, match=r"decisions\.jsonl, line 2 is not a decision: .*sync .* --accept-log"
    ) as caught:
        read_log(folder)
    assert "\n" not in str(caught.value)
    said = accept_log(folder, frozenset)
    assert len(read_log(folder)) >= 1 and read_log(folder)[0].person == "Anna"
    assert "the log held 1 correction" in said[0]
    gone = 1 + bool(line) - len(read_log(folder))
    assert said[1:] == ["1 line could not be read and went"] * gone


CHANGES = {
    "gone": (lambda lines: None, "is gone, with 3 corrections"),
    "empty": (lambda lines: [], "holds 0 of 3 corrections"),
    "without its last line": (lambda lines: lines[:-1], "holds 2 of 3 corrections"),
    "without its first line": (lambda lines: lines[1:], "holds 2 of 3 corrections"),
    "without a line, numbered anew": (
        lambda lines: [lines[0], lines[2].replace(b'"number": 3', b'"number": 2')], "holds 2 of 3"),
    "with another name": (lambda lines: [line.replace(b"Anna", b"Bert") for line in lines], "was changed by something"),
    "in another order": (lambda lines: [lines[1], lines[0], lines[2]], "was changed by something"),
    "with other line ends": (lambda lines: [line + b"\r" for line in lines], "was changed by something"),
    "cut in its last line": (lambda lines: [*lines[:-1], lines[-1][:-9]], "was changed by something"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_becomes_of_the_log_is_noticed_and_can_be_accepted(folder, change):
    change, message = CHANGES[change]
    append(folder, RENAME, NOBODY, Decision("forget", ("z",)))
    folder.update(applied=3)
    log = folder.layout.decisions
    lines = change(log.read_bytes().splitlines())
    log.unlink() if lines is None else log.write_bytes(b"".join(line + b"\n" for line in lines))
    with pytest.raises(StoreError) as caught:
        read_log(folder)
    assert message in str(caught.value) and "--accept-log" in str(caught.value) and "\n" not in str(caught.value)
    with pytest.raises(StoreError):
        append(folder, NOBODY)
    assert accept_log(folder, lambda: {"z"})[0].startswith("the log held 3 corrections and holds ")
    after = read_log(load_run(folder.path))
    assert [decision.number for decision in after] == list(range(1, len(after) + 1))
    assert replay(after).forgotten == {"z"}, "what was forgotten stays so"
    assert folder.state.applied <= len(after)
    assert accept_log(folder, frozenset) == []
    assert append(folder, NOBODY)[0].number == len(after) + 1 > folder.state.applied


def test_an_older_state_notices_a_log_that_is_shorter_than_what_was_applied(folder):
    append(folder, RENAME, NOBODY)
    folder.update(log=LogMark(), applied=5)
    with pytest.raises(StoreError, match="holds 2 of 5 corrections"):
        read_log(load_run(folder.path))


def test_a_last_line_that_was_cut_off_before_it_counted_is_left_out(folder):
    append(folder, RENAME)
    log = folder.layout.decisions
    whole = log.read_bytes()
    log.write_bytes(whole + whole[:40])
    warnings = []
    assert [decision.person for decision in read_log(folder, warnings.append)] == ["Anna"]
    assert len(warnings) == 1 and "cut off" in warnings[0]
    mend_log(folder, read_log(folder))
    assert log.read_bytes() == whole
    log.write_bytes(whole[:-1])  # an editor takes the last line end away
    assert read_log(folder, warnings.append) and len(warnings) == 1


def test_lines_that_the_state_has_not_heard_of_are_believed(folder):
    """A kill between the log and the state."""
    append(folder, RENAME)
    before = folder.state.log
    append(folder, NOBODY)
    folder.update(log=before)
    assert len(read_log(load_run(folder.path))) == 2


def test_lines_added_at_once_are_known_to_the_state_when_the_log_is_mended(folder):
    before = append(folder, Decision("assign", ("a",), "Anna"))
    text = folder.layout.run.read_text(encoding="utf-8")
    added = extend_log(folder, [Decision("nobody", ("b",)), Decision("nobody", ("c",))], before)
    assert [entry.number for entry in added] == [2, 3] and added[0].when
    assert folder.layout.run.read_text(encoding="utf-8") == text, "the state is as it was"
    again = load_run(folder.path)
    assert read_log(again) == [*before, *added] and again.state.log.lines == 1
    mend_log(again, [*before, *added])
    assert load_run(folder.path).state.log.lines == 3
    assert extend_log(folder, [], before) == []


@pytest.mark.parametrize("moment", ["write_bytes", "after"])
def test_a_kill_while_a_name_is_taken_out_is_no_damage(folder, moment, monkeypatch):
    class Killed(BaseException):
        pass

    def kill(*_, **__):
        raise Killed

    append(folder, RENAME)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        if moment == "write_bytes":
            patch.setattr("facepipe.people.log.write_bytes", kill)
        else:
            update, calls = RunFolder.update, []
            patch.setattr(
                RunFolder, "update", lambda self, **c: kill() if calls else (calls.append(1), update(self, **c))
            )
        forget_in_log(folder, {"a", "b"}, "Anna", read_log(folder), ())
    again = load_run(folder.path)
    log = read_log(again)
    assert [decision.kind for decision in log] == ["rename", *(["forget"] if moment == "after" else [])]
    mend_log(again, log)
    assert again.state.log_next is None and again.state.log.lines == len(log) == len(read_log(again))


def test_forgotten_faces_leave_nothing_but_their_ids(folder):
    append(folder, RENAME, Decision("rename", ("a", "b"), "Anne", "Anna"), Decision("reject", ("c",), "Anne", "Anne"),
           Decision("rename", ("d",), "Bert", "person_002"))  # fmt: skip
    forget_in_log(folder, {"a", "b"}, "Anne", read_log(folder), {"Bert"})
    text = folder.layout.decisions.read_text()
    assert "Ann" not in text and "Bert" in text
    found = replay(read_log(folder))
    assert (found.person, found.rejected, found.forgotten) == ({"d": "Bert"}, {}, {"a", "b"})
    assert found.names == {"person_002": "Bert"} and found.used == {"person_002", "Bert"}


def test_an_earlier_name_that_is_somebody_elses_now_stays_hers(folder):
    append(folder, RENAME, Decision("rename", ("a", "b"), "Anne", "Anna"), Decision("assign", ("d",), "Anna", ""))
    forget_in_log(folder, {"a", "b"}, "Anne", read_log(folder), {"Anna"})
    assert replay(read_log(folder)).person == {"d": "Anna"}
    assert replay(read_log(folder)).names == {}


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    out = tmp_path_factory.mktemp("first") / "out"
    made_run(out)
    (out / "people/person_001").rename(out / "people/Anna")
    run_here("sync", out)
    (out / "people/person_002").rename(out / "people/Bert")
    run_here("sync", out)
    return out


@pytest.fixture
def out(first, tmp_path):
    return shutil.copytree(first, tmp_path / "out")


READERS = [["sync"], ["undo"], ["cluster"],
           ["forget", "--person", "Anna", "--yes"], ["find", "--person", "Anna", "--list"],
           ["explain", "show.mp4-0123abcd-0000000-0"], ["export", "--format", "csv"]]  # fmt: skip


@pytest.mark.parametrize("command", READERS, ids=lambda command: command[0])
def test_every_command_that_reads_the_log_notices(out, tmp_path, command):
    log = out / "decisions.jsonl"
    log.write_bytes(log.read_bytes().splitlines(keepends=True)[0])
    name, *options = command
    more = ["--to", tmp_path / "export"] if name == "export" else []
    done = run_here(name, out, *options, *more, check=False)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "holds 1 of 2 corrections" in done.stderr
    assert f"facepipe sync {out} --accept-log" in done.stderr


def test_forgetting_after_our_own_advice_erases(out):
    """The log is shorter than what was applied: what is forgotten then must not count as done already."""
    log = out / "decisions.jsonl"
    gone = {row["face_id"] for row in rows(out) if row["person"] == "Anna"}
    log.unlink()
    assert run_here("forget", out, "--person", "Anna", "--yes", check=False).returncode == 2
    accepted = run_here("sync", out, "--accept-log")
    assert "the log held 2 corrections and holds 0 now" in accepted.stderr
    assert {row["person"] for row in rows(out)} >= {"Anna", "Bert"}, "names stay"
    run_here("forget", out, "--person", "Anna", "--yes")
    assert erased_faces(load_run(out)) == gone
    assert not any(face in os.fsdecode(path) for face in gone for path in out.rglob("*"))


def test_what_was_forgotten_stays_so_without_the_log(out):
    gone = {row["face_id"] for row in rows(out) if row["person"] == "Anna"}
    run_here("forget", out, "--person", "Anna", "--yes")
    (out / "decisions.jsonl").unlink()
    said = run_here("sync", out, "--accept-log").stderr
    assert f"{len(gone)} faces whose places in the run are empty stay forgotten" in said
    assert replay(read_log(load_run(out))).forgotten == gone
    run_here("cluster", out)
    assert not {row["face_id"] for row in rows(out)} & gone
    assert run_here("sync", out, "--accept-log").stderr == "nothing has changed\n"


def test_a_torn_line_is_said_once_and_mended(out):
    log = out / "decisions.jsonl"
    whole = log.read_bytes()
    log.write_bytes(whole + b'{"kind": "assi')
    assert "cut off and never counted" in run_here("sync", out).stderr
    assert log.read_bytes() == whole
    assert "cut off" not in run_here("sync", out).stderr
    assert state(out)["warnings"] == []
