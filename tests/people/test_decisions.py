"""The log of decisions: append-only, exact about damage, replayed to what holds."""

import json

import pytest

from facepipe.errors import StoreError
from facepipe.people.decisions import Decision, append, describe, in_force, read, replay

RENAME = Decision("rename", ("a", "b"), "Anna", "person_001")


def test_decisions_are_numbered_dated_signed_and_come_back(tmp_path):
    log = tmp_path / "decisions.jsonl"
    assert read(log) == []
    first = append(log, [RENAME])
    second = append(log, [Decision("nobody", ("c",), "", "person_002"), Decision("assign", ("d",), "Zoë", "")])
    assert read(log) == first + second
    assert [decision.number for decision in read(log)] == [1, 2, 3]
    assert all(decision.when.endswith("+00:00") for decision in read(log))
    lines = log.read_text(encoding="utf-8").splitlines()
    assert set(json.loads(lines[0])) == {"number", "when", "by", "kind", "faces", "person", "was"}
    assert "Zoë" in lines[2]


def test_a_log_only_grows(tmp_path):
    log = tmp_path / "decisions.jsonl"
    append(log, [RENAME])
    before = log.read_text()
    append(log, [Decision("undo", ("a",), "person_001", "Anna")])
    assert log.read_text().startswith(before)
    append(log, [])
    assert len(read(log)) == 2


@pytest.mark.parametrize(
    "line",
    ["", "{", "[]", "7", '{"kind": "assign"}', '{"kind": "eat", "faces": [], "number": 2}',
     '{"kind": "assign", "faces": [7], "number": 2}', '{"kind": "assign", "faces": [], "number": 5}',
     '{"kind": "assign", "faces": [], "number": 2, "more": 1}', "[" * 100_000],
)  # fmt: skip
def test_a_damaged_line_is_named(tmp_path, line):
    log = tmp_path / "decisions.jsonl"
    append(log, [RENAME])
    log.write_text(log.read_text() + line + "\n")
    with pytest.raises(StoreError, match=r"decisions\.jsonl, line 2 is not a decision"):
        read(log)


def test_replay_of_moves_rejections_and_nobody():
    found = replay(
        [
            RENAME,
            Decision("assign", ("a",), "Berta", "Anna"),
            Decision("reject", ("b",), "Anna", "Anna"),
            Decision("nobody", ("c",), "", "person_009"),
            Decision("assign", ("b",), "Berta", ""),
        ]
    )
    assert found.person == {"a": "Berta", "b": "Berta"}
    assert found.rejected == {"a": {"Anna"}, "b": {"Anna"}}
    assert found.nobody == {"c"}
    assert found.names == {"person_001": "Anna"}
    assert found.used == {"person_001", "Anna", "Berta", "person_009"}


def test_a_rename_takes_earlier_decisions_along():
    found = replay([RENAME, Decision("reject", ("c",), "Anna", "Anna"), Decision("rename", ("a",), "Berta", "Anna")])
    assert found.person == {"a": "Berta", "b": "Berta"}
    assert found.rejected == {"c": {"Berta"}}
    assert found.names == {"person_001": "Berta", "Anna": "Berta"}


def test_a_name_that_comes_back_to_itself():
    back = Decision("rename", ("a", "b"), "person_001", "Anna")
    assert replay([RENAME, back]).names == {"Anna": "person_001"}


def test_undo_takes_back_one_after_the_other_but_never_what_was_forgotten():
    reject, forget, undo = Decision("reject", ("a",), "Anna", "Anna"), Decision("forget", ("z",)), Decision("undo", ())
    assert in_force([RENAME, reject, forget, undo]) == [RENAME, forget]
    assert in_force([RENAME, reject, forget, undo, undo, undo]) == [forget]
    assert replay([RENAME, reject, undo]).person == {"a": "Anna", "b": "Anna"}


def test_forgotten_faces_leave_nothing_but_their_ids(tmp_path):
    log = tmp_path / "decisions.jsonl"
    append(log, [RENAME])
    append(log, [Decision("forget", ("a", "b"))], redacting="Anna")
    assert "Anna" not in log.read_text()
    found = replay(read(log))
    assert (found.person, found.rejected, found.forgotten) == ({}, {}, {"a", "b"})


def test_every_kind_can_be_told_in_a_line():
    for kind in ("assign", "reject", "nobody", "rename", "undo", "forget"):
        assert "2 faces" in describe(Decision(kind, ("a", "b"), "Anna", "person_001"))
