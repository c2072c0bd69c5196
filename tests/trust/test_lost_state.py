"""What a run keeps is believed only after a look: tables that were cut, edited or lost; frames that vanished."""

import csv
import json
import os
import shutil

import pytest
from commandline import files, rows, state
from small_run import RUN, facepipe, write_crops

from facepipe.files.atomic import TEMPORARY_PREFIX
from facepipe.runs.datastore import Datastore
from facepipe.runs.opening import load_run

READING = [("explain",), ("find", "--list", "--person", "Anna"), ("export", "--format", "csv", "--to")]


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """(pictures, OUT) of a run in which somebody was named and somebody's face moved."""
    home = write_crops(tmp_path_factory.mktemp("lost"))
    out = home / "out"
    facepipe(*RUN, "--images", home / "first", "--out", out)
    (out / "people/person_001").rename(out / "people/Anna")
    facepipe("sync", out)
    return home, out


@pytest.fixture
def made(first, tmp_path):
    home, out = first
    return home, shutil.copytree(out, tmp_path / "out")


def cut(path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data)


HARM = {"missing": lambda path: path.unlink(), "empty": lambda path: path.write_bytes(b""), "cut": cut, "flipped": flip}


@pytest.mark.parametrize("names", [["faces.csv"], ["faces.npz"], ["faces.csv", "faces.npz"]], ids=str)
@pytest.mark.parametrize("harm", HARM)
def test_a_table_that_is_not_as_it_was_written_is_made_again(made, harm, names):
    _, out = made
    before = files(out)
    for name in names:
        HARM[harm](out / name)
    done = facepipe("sync", out)
    for name in names:
        assert f"{out / name} was" in done.stderr and "made again" in done.stderr
    after = files(out)
    assert after.pop("faces-edited.csv", None) is None or harm in ("cut", "flipped")
    assert after == before
    again = facepipe("sync", out)
    assert again.stderr == "nothing has changed\n"


@pytest.mark.parametrize("command", ["run", "cluster", "undo", "forget"])
def test_a_row_that_is_missing_deletes_nothing(made, command):
    """Commands that write do what they do with a whole table."""
    home, out = made
    other = shutil.copytree(out, out.with_name("other"))
    cut_rows(out / "faces.csv", keep=3)
    for folder in (out, other):
        argv = {
            "run": (*RUN, "--images", home / "first", home / "more", "--out", folder),
            "forget": ("forget", folder, "--yes", "--person", "Anna"),
        }.get(command, (command, folder))
        facepipe(*argv)
    kept = files(out)
    assert kept.pop("faces-edited.csv")
    assert without_times(kept) == without_times(files(other))


def cut_rows(path, keep: int) -> None:
    path.write_text("".join(path.read_text().splitlines(keepends=True)[: keep + 1]))


def without_times(found):
    return {name: data for name, data in found.items() if name != "decisions.jsonl"}


def test_what_somebody_wrote_into_the_table_is_pointed_out_and_kept(made):
    _, out = made
    before = files(out)
    for number in (1, 2):
        table = rows(out)
        table[0]["person"], changed = "Zoe", table[0]["face_id"]
        with (out / "faces.csv").open("w", newline="") as handle:
            writer = csv.DictWriter(handle, table[0])
            writer.writeheader()
            writer.writerows(table)
        mine = (out / "faces.csv").read_bytes()
        copy = "faces-edited.csv" if number == 1 else "faces-edited-2.csv"
        said = facepipe("sync", out).stderr
        assert "edited by hand: another person for 1 face, such as " in said
        assert f"{changed} from Anna to Zoe" in said and f"kept as {copy}" in said and "people/" in said
        assert (out / copy).read_bytes() == mine
    after = files(out)
    assert {name: after[name] for name in before} == before
    assert after.keys() - before.keys() == {"faces-edited.csv", "faces-edited-2.csv"}


def test_names_come_from_the_folders_where_the_table_is_lost(made):
    """What was renamed since counts too."""
    _, out = made
    (out / "faces.csv").unlink()
    (out / "faces.npz").unlink()
    (out / "people/Anna").rename(out / "people/Berta")
    facepipe("sync", out)
    people = {row["person"] for row in rows(out)}
    assert "Berta" in people and "Anna" not in people


@pytest.mark.parametrize("folder", ["shards", "frames"])
def test_a_frame_that_vanished_is_noticed_by_all_and_made_again(made, folder, tmp_path):
    home, out = made
    before = files(out)
    min((out / folder).iterdir()).unlink()
    for command, *more in READING:
        target = {"explain": [rows(out)[0]["face_id"]], "export": [tmp_path / "export"]}.get(command, [])
        said = facepipe(command, out, *more, *target, code=None).stderr
        assert "1 file of Marta_0.png in frames and shards vanished; the next run makes them again" in said, command
    refused = facepipe("cluster", out, code=2)
    assert "has lost frames" in refused.stderr
    assert {name: data for name, data in files(out).items() if name in before} == {
        name: data for name, data in before.items() if name in files(out)
    }
    facepipe(*RUN, "--images", home / "first", "--out", out)
    assert files(out) == before
    assert facepipe("sync", out).stderr == "nothing has changed\n"


def test_a_picture_that_a_power_cut_emptied_is_noticed(made):
    home, out = made
    before = files(out)
    min((out / "frames").iterdir()).write_bytes(b"")
    (out / "frames/Thumbs.db").write_bytes(b"clutter")
    said = facepipe("sync", out).stderr
    assert "1 file of Marta_0.png in frames and shards vanished; the next run makes them again" in said
    facepipe(*RUN, "--images", home / "first", "--out", out)
    assert {name: data for name, data in files(out).items() if "Thumbs" not in name} == before


def test_of_very_many_files_the_number_is_enough(made, monkeypatch):
    _, out = made
    monkeypatch.setattr("facepipe.runs.seen._MANY", 1)
    monkeypatch.setattr("facepipe.runs.folder.is_filled", None)
    assert facepipe("sync", out).stderr == "nothing has changed\n"
    monkeypatch.undo()
    monkeypatch.setattr("facepipe.runs.seen._MANY", 1)
    min((out / "frames").iterdir()).unlink()
    (out / "frames/Thumbs.db").write_bytes(b"clutter")
    assert "1 file of Marta_0.png in frames and shards vanished" in facepipe("sync", out).stderr


def test_of_very_many_folders_those_are_looked_through_that_have_changed(made, monkeypatch):
    home, out = made
    monkeypatch.setattr("facepipe.runs.seen._MANY", 1)
    monkeypatch.setattr("facepipe.files.glances._MANY_NEW", 0)
    monkeypatch.setattr("facepipe.files.hashing._SETTLED_NS", -(10**18))
    for folder in (*out.iterdir(), *(out / "people").iterdir()):
        if folder.is_dir():
            os.utime(folder, ns=(10**18, 10**18))
    assert facepipe("sync", out).stderr == "nothing has changed\n"
    monkeypatch.setattr("facepipe.people.scan._lists", pytest.fail)
    monkeypatch.setattr("facepipe.runs.shards.ShardFolder.ids", None)
    assert facepipe("sync", out).stderr == "nothing has changed\n"
    monkeypatch.undo()
    monkeypatch.setattr("facepipe.runs.seen._MANY", 1)
    (out / "people/person_002").rename(out / "people/other")
    (out / "people/Anna").rename(out / "people/person_002")
    (out / "people/other").rename(out / "people/Anna")
    min((out / "frames").iterdir()).unlink()
    said = facepipe("sync", out).stderr
    assert "1 file of Marta_0.png in frames and shards vanished" in said and "Anna" in said
    facepipe(*RUN, "--images", home / "first", "--out", out)
    assert facepipe("sync", out).stderr == "nothing has changed\n"
    facepipe("forget", out, "--person", "Anna", "--yes")
    assert (out / "folders.digests").exists(), "it stays"
    facepipe(*RUN, "--images", home / "first", "--out", out, "--fresh")
    assert not (out / "folders.digests").exists(), "and is the run's own"


def test_a_lost_table_waits_for_lost_frames(made):
    """Nothing is made of half of it; what was changed in people/ meanwhile is not lost."""
    home, out = made
    before = files(out)
    (out / "faces.csv").write_bytes(b"")
    min((out / "shards").iterdir()).unlink()
    face = next(path for path in (out / "people/person_002").iterdir() if "_portrait" not in path.name)
    face.rename(out / "people/Anna" / face.name)
    refused = facepipe("sync", out, code=2)
    assert "has lost part of its table, and frames of Marta_0.png: run facepipe on its inputs again" in refused.stderr
    assert files(out).keys() >= {name for name in before if name.startswith("people/Anna/")}
    facepipe(*RUN, "--images", home / "first", "--out", out)
    assert {row["face_id"]: row["person"] for row in rows(out)}[face.stem] == "Anna"
    assert len(rows(out)) == 6


def test_a_frame_that_vanishes_while_the_run_is_at_work_is_noticed(first, tmp_path, monkeypatch):
    home, _ = first
    out, store = tmp_path / "out", Datastore.store

    def lossy(self, frame):
        store(self, frame)
        if frame.frame_id.startswith("Ruth_1"):
            self._shards.path(frame.frame_id).unlink()

    command = (*RUN, "--images", home / "first", "--out", out)
    with monkeypatch.context() as patch:
        patch.setattr(Datastore, "store", lossy)
        said = facepipe(*command).stderr
    assert "Ruth_1.png: 1 file of it in frames and shards vanished while the run was at work" in said
    assert len(rows(out)) == 5 and state(out)["failures"]
    facepipe(*command)
    assert len(rows(out)) == 6 and not state(out)["failures"]


@pytest.mark.parametrize("named_again", [True, False])
def test_an_input_that_changes_while_it_is_read_is_read_again(first, tmp_path, monkeypatch, named_again):
    home, _ = first
    pictures = shutil.copytree(home / "first", tmp_path / "pictures")
    out, store, changing = tmp_path / "out", Datastore.store, pictures / "Tomas_1.png"

    def meanwhile(self, frame):
        if frame.frame_id.startswith("Tomas_1"):
            shutil.copyfile(home / "more" / "Tomas_2.png", changing)
        store(self, frame)

    with monkeypatch.context() as patch:
        patch.setattr(Datastore, "store", meanwhile)
        said = facepipe(*RUN, "--images", pictures, "--out", out).stderr
    assert f"{changing} changed while it was read: the next run reads it again" in said
    assert "changed while it was read" in state(out)["failures"][0]["error"]
    before = {row["face_id"] for row in rows(out)}
    facepipe(*RUN, "--images", pictures if named_again else home / "first" / "Marta_0.png", "--out", out)
    after = {row["face_id"] for row in rows(out)}
    assert len(before) == len(after) == 6 and len(before - after) == 1
    assert {row["source"] for row in rows(out)} == {path.name for path in pictures.iterdir()}
    assert not state(out)["failures"] and not state(out)["unsettled"]
    gone = (before - after).pop()
    assert not any(gone.rpartition("-")[0] in name for name in files(out))


def test_an_input_that_changes_to_nothing_costs_itself_only(first, tmp_path, monkeypatch):
    home, _ = first
    pictures = shutil.copytree(home / "first", tmp_path / "pictures")
    out, store, changing = tmp_path / "out", Datastore.store, pictures / "Tomas_1.png"

    def meanwhile(self, frame):
        if frame.frame_id.startswith("Tomas_1"):
            changing.write_bytes(b"")
        store(self, frame)

    with monkeypatch.context() as patch:
        patch.setattr(Datastore, "store", meanwhile)
        facepipe(*RUN, "--images", pictures, "--out", out)
    assert "Tomas_1.png is empty" in facepipe(*RUN, "--images", pictures, "--out", out).stderr
    assert {row["source"] for row in rows(out)} == {path.name for path in pictures.iterdir()} - {changing.name}
    assert not state(out)["failures"] and not state(out)["unsettled"]


def test_a_file_that_was_only_touched_is_not_encoded_again(first, tmp_path, monkeypatch):
    home, _ = first
    picture, out, store = shutil.copy(home / "first" / "Ruth_0.png", tmp_path), tmp_path / "out", Datastore.store

    def touched(self, frame):
        store(self, frame)
        os.utime(picture)

    with monkeypatch.context() as patch:
        patch.setattr(Datastore, "store", touched)
        assert "changed while it was read" in facepipe(*RUN, "--images", picture, "--out", out).stderr
    (shard,) = load_run(out).layout.shards.iterdir()
    made = shard.stat().st_mtime_ns
    assert "changed" not in facepipe(*RUN, "--images", picture, "--out", out).stderr
    assert shard.stat().st_mtime_ns == made and not state(out)["failures"]


@pytest.mark.parametrize("status", ["running", "interrupted", "failed"])
def test_pixels_that_a_killed_run_left_go_with_the_next_command(made, status):
    """Whatever it is: somebody may be forgotten without the run being finished first."""
    _, out = made
    left = out / "frames" / f"{TEMPORARY_PREFIX}abc.jpg"
    left.write_bytes(b"a face")
    values = state(out)
    (out / "run.json").write_text(json.dumps(values | {"status": status}))
    facepipe("sync", out)
    assert not left.exists()
