"""run.json, and the list of inputs beside it where there are many."""

import hashlib
import json
import os
import re
from dataclasses import replace

import pytest
from stored_frames import OTHER, SOURCE, start

from facepipe.errors import StorageFull, StoreError
from facepipe.runs import state_file
from facepipe.runs.input_entry import InputEntry, listed, rows_of
from facepipe.runs.layout import Layout
from facepipe.runs.opening import load_run, open_run
from facepipe.runs.state import RunState
from facepipe.settings import Settings


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Two inputs are many."""
    monkeypatch.setattr(state_file, "MOST_INPUTS", 1)


def two(out):
    run = start(out, sources=[SOURCE, OTHER])
    run.update(done={SOURCE.source_id: 4})
    return run


def lists(out) -> list[str]:
    return [name for name in sorted(os.listdir(out)) if name.startswith("inputs-")]


def stops(monkeypatch, name: str) -> None:
    """From here on whoever writes `name` finds the disk full."""
    write = state_file.write_text

    def full(path, *args, **how):
        if re.fullmatch(name, path.name):
            raise StorageFull("the disk is full")
        write(path, *args, **how)

    monkeypatch.setattr(state_file, "write_text", full)


def test_run_json_names_the_file_that_lists_its_inputs(tmp_path):
    run = two(tmp_path / "out")
    (name,) = lists(tmp_path / "out")
    values = json.loads((tmp_path / "out/run.json").read_text())
    assert (values["inputs"], values["done"]) == (name, {})
    head, *rows = map(json.loads, (tmp_path / "out" / name).read_text().splitlines())
    assert [(row[0], row[-1]) for row in rows] == [(SOURCE.source_id, 4), (OTHER.source_id, None)]
    assert head == [*InputEntry._fields, "done"]
    again = load_run(tmp_path / "out")
    assert (again.state, again.sources()) == (run.state, run.sources())


def test_a_list_of_an_earlier_program_is_read_and_written_as_today(tmp_path):
    run = two(tmp_path / "out")
    (name,) = lists(tmp_path / "out")
    head, *rows = map(json.loads, (tmp_path / "out" / name).read_text().splitlines())
    hostile(tmp_path / "out", "".join(f"{json.dumps(dict(zip(head, row, strict=True)))}\n" for row in rows))
    again = load_run(tmp_path / "out")
    assert again.state == run.state
    again.update(done={**again.state.done})
    assert lists(tmp_path / "out") == [name]


def test_few_inputs_stand_in_run_json_itself(tmp_path, monkeypatch):
    two(tmp_path / "out")
    monkeypatch.setattr(state_file, "MOST_INPUTS", 2)
    run = load_run(tmp_path / "out")
    run.update(inputs=run.state.inputs[:1])
    run.update(inputs=(*run.state.inputs, load_run(tmp_path / "out").state.inputs[0]._replace(source_id="b-00000000")))
    assert lists(tmp_path / "out") == []
    values = json.loads((tmp_path / "out/run.json").read_text())
    assert [entry["source_id"] for entry in values["inputs"]] == [SOURCE.source_id, "b-00000000"]


def test_a_run_that_has_many_in_run_json_gets_the_list_when_it_is_written_next(tmp_path, monkeypatch):
    with monkeypatch.context() as earlier:
        earlier.setattr(state_file, "MOST_INPUTS", 2)
        run = two(tmp_path / "out")
    assert lists(tmp_path / "out") == []
    load_run(tmp_path / "out").update()
    assert len(lists(tmp_path / "out")) == 1 and load_run(tmp_path / "out").state == run.state


def test_the_list_is_written_again_only_where_it_changed(tmp_path):
    run = two(tmp_path / "out")
    (before,) = lists(tmp_path / "out")
    inode = (tmp_path / "out" / before).stat().st_ino
    run.update(warnings=("one",))
    load_run(tmp_path / "out").update(warnings=("two",))
    assert lists(tmp_path / "out") == [before] and (tmp_path / "out" / before).stat().st_ino == inode
    run.update(done={SOURCE.source_id: 4, OTHER.source_id: 1})
    (after,) = lists(tmp_path / "out")
    assert after != before and load_run(tmp_path / "out").state.done == run.state.done


def test_a_stop_between_the_two_leaves_the_state_before(tmp_path, monkeypatch):
    run = two(tmp_path / "out")
    before, (listed,) = load_run(tmp_path / "out").state, lists(tmp_path / "out")
    with monkeypatch.context() as patched:
        stops(patched, "run.json")
        with pytest.raises(StorageFull):
            run.update(inputs=run.state.inputs[::-1], warnings=("new",))
    assert len(lists(tmp_path / "out")) == 2
    again = load_run(tmp_path / "out")
    assert again.state == before
    again.update()
    assert lists(tmp_path / "out") == [listed]


def test_a_stop_in_a_new_folder_leaves_a_run(tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        stops(patched, r"inputs-.*")
        with pytest.raises(StorageFull):
            start(tmp_path / "out", sources=[SOURCE, OTHER])
    assert load_run(tmp_path / "out").state.inputs == ()
    assert len(start(tmp_path / "out", sources=[SOURCE, OTHER]).sources()) == 2


def test_whoever_reads_while_the_list_is_replaced_gets_the_new_one(tmp_path, monkeypatch):
    run = two(tmp_path / "out")
    read = state_file._read_state

    def slow(layout):
        monkeypatch.setattr(state_file, "_read_state", read)
        text = layout.run.read_text()
        run.update(done={OTHER.source_id: 2})
        layout.path.joinpath("run.json").write_text(text)  # as it was read before
        try:
            return read(layout)
        finally:
            run.update()

    monkeypatch.setattr(state_file, "_read_state", slow)
    assert load_run(tmp_path / "out").state.done == {OTHER.source_id: 2}


def test_a_list_that_cannot_be_removed_yet_goes_the_next_time(tmp_path, monkeypatch):
    run = two(tmp_path / "out")

    def held(*_):
        raise StoreError("it is open")

    with monkeypatch.context() as patched:
        patched.setattr(state_file, "remove", held)
        run.update(done={OTHER.source_id: 2})
    assert len(lists(tmp_path / "out")) == 2 and load_run(tmp_path / "out").state.done == {OTHER.source_id: 2}
    run.update()
    assert len(lists(tmp_path / "out")) == 1


def test_a_file_of_somebody_else_stays_whatever_it_is_called(tmp_path):
    run = two(tmp_path / "out")
    theirs = tmp_path / "out/inputs-0123456789abcdef.jsonl"
    for text in ("mine", "\udcff"):
        theirs.write_bytes(text.encode("utf-8", "surrogateescape"))
        run.update(done={OTHER.source_id: len(text)})
        assert theirs.exists()


def test_starting_afresh_leaves_one_list(tmp_path):
    two(tmp_path / "out")
    third = replace(OTHER, sha256="77" * 32, source_id="third-77777777", path=tmp_path / "third.mp4")
    wanted = RunState(settings=Settings.of(interval=2.0), shard_digest="another")
    open_run(tmp_path / "out", wanted, [OTHER, third], fresh=True)
    assert len(lists(tmp_path / "out")) == 1
    state = load_run(tmp_path / "out").state
    assert [entry.source_id for entry in state.inputs] == [OTHER.source_id, third.source_id] and state.done == {}


HARM = {
    "missing": (lambda path: path.unlink(), "is missing"),
    "empty": (lambda path: path.write_text(""), "is not as it was written"),
    "cut": (lambda path: path.write_bytes(path.read_bytes()[:50]), "is not as it was written"),
    "edited": (lambda path: path.write_text(path.read_text().replace("4", "5")), "is not as it was written"),
}


@pytest.mark.parametrize("harm", HARM)
def test_a_list_that_is_not_as_it_was_written_is_not_believed(tmp_path, harm):
    two(tmp_path / "out")
    do, why = HARM[harm]
    do(tmp_path / "out" / lists(tmp_path / "out")[0])
    with pytest.raises(StoreError, match=rf"run\.json cannot be read \(inputs-.*{why}\): name another"):
        load_run(tmp_path / "out")


@pytest.mark.parametrize("text", ["[]", "7", "{}", '{"source_id": []}', "{", "[" * 100_000, "\u2028", "null"])
def test_a_list_of_something_else_is_refused(tmp_path, text):
    two(tmp_path / "out")
    hostile(tmp_path / "out", text)
    with pytest.raises(StoreError, match=r"run\.json cannot be read"):
        load_run(tmp_path / "out")


@pytest.mark.parametrize("name", ["../run.json", "run.json", "inputs-0123.jsonl", {}, 7, None, ""])
def test_another_name_is_refused(tmp_path, name):
    two(tmp_path / "out")
    rename(tmp_path / "out", name)
    with pytest.raises(StoreError, match="inputs is neither a list nor the name of one"):
        load_run(tmp_path / "out")


def test_files_log_cannot_have_the_list_removed(tmp_path):
    two(tmp_path / "out")
    (name,) = lists(tmp_path / "out")
    Layout(tmp_path / "out").files.write_text(f"facepipe-files-1\n+ {name}\n")
    with pytest.raises(StoreError, match="it lists what no run takes away"):
        load_run(tmp_path / "out")


def hostile(out, text: str) -> None:
    """A list of that content, whose name is right."""
    name = state_file.list_name(hashlib.sha256(text.encode()).hexdigest())
    (out / name).write_text(text, encoding="utf-8")
    rename(out, name)


def rename(out, name) -> None:
    values = json.loads((out / "run.json").read_text())
    (out / "run.json").write_text(json.dumps(values | {"inputs": name}))


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_a_list_is_the_same_however_many_lines_are_read_at_once(size):
    entries = [
        InputEntry(f"{name}-00000000", name, f"/{name}", "", place, None, False) for place, name in enumerate("abcde")
    ]
    done = {"a-00000000": 3, "d-00000000": 1}
    rows = json.loads(json.dumps([*rows_of(entries, done)]))
    blocks = [rows[at : at + size] for at in range(0, len(rows), size)]
    assert listed(blocks, "inputs") == (tuple(entries), done)
    older = [[*row[:-2], row[-1]] for row in rows]  # of which nobody had noted what the files were by then
    assert listed([older[at : at + size] for at in range(0, len(older), size)], "inputs") == (tuple(entries), done)
    rows[4][InputEntry._fields.index("size")] = "many"
    place = {1: r"\[3:\]\.size\[0\]", 2: r"\[3:\]\.size\[0\]", 3: r"\[2:\]\.size\[1\]", 100: r"\.size\[3\]"}[size]
    with pytest.raises(ValueError, match=rf"^inputs{place} is not a whole number"):
        listed(blocks, "inputs")


@pytest.mark.parametrize("blocks", [[], [[]], [[[]]], [["source_id"]], [[7], [[]]]])
def test_what_is_no_list_of_inputs_is_refused(blocks):
    with pytest.raises(ValueError, match="inputs has other entries than source_id, "):
        listed(blocks, "inputs")
