"""An opened run: the files that it owns."""

import os

import pytest
from dataset_world import Spot, make_run
from stored_frames import SOURCE, make_frame, start

from facepipe.files import hashing
from facepipe.files.atomic import write_text
from facepipe.files.ledger import Ledger
from facepipe.runs.layout import TABLES
from facepipe.runs.opening import load_run
from facepipe.runs.table import read_names


def test_a_file_with_two_spellings_of_its_name_is_not_removed(tmp_path):
    """A file system that ignores case takes anna/ and Anna/ for one folder; a link does the same here."""
    run = start(tmp_path / "out")
    run.claim(["people/Anna/x.jpg"])
    write_text(tmp_path / "out/people/Anna/x.jpg", "x")
    try:
        (tmp_path / "out/people/anna").symlink_to("Anna")
    except OSError:
        pytest.skip("no links, or a file system that ignores case")
    run.claim(["people/anna/x.jpg"])
    run.release(["people/anna/x.jpg"])
    assert (tmp_path / "out/people/Anna/x.jpg").read_text() == "x"
    assert set(run.files) == {"people/Anna/x.jpg"}


def test_released_files_go_with_their_empty_folders(tmp_path):
    run = start(tmp_path / "out")
    run.claim(["montage/a.jpg", "people/p/c.jpg"])
    write_text(tmp_path / "out/montage/a.jpg", "a")
    write_text(tmp_path / "out/montage/b.jpg", "not listed")
    write_text(tmp_path / "out/people/p/c.jpg", "c")
    run.release(["montage/a.jpg", "montage/b.jpg", "people/p/c.jpg"])
    assert (tmp_path / "out/montage/b.jpg").exists()
    assert not (tmp_path / "out/people").exists()
    assert list(Ledger.read(tmp_path / "out/files.log")) == []


@pytest.mark.parametrize(("done", "gone"), [(3, {"clip.mp4": 1}), (2, {}), (1, {})])
def test_files_have_vanished_where_there_are_fewer_than_when_their_video_was_done(tmp_path, done, gone):
    run = start(tmp_path / "out")
    for index in (0, 1):
        run.shards().write(make_frame(index))
    run.update(done={SOURCE.source_id: done})
    assert run.vanished() == gone


@pytest.mark.parametrize("folder", ["frames", "shards"])
def test_what_is_empty_leads_nowhere_or_has_another_name_does_not_count(tmp_path, folder):
    run = start(tmp_path / "out")
    suffix = {"frames": ".jpg", "shards": ".pickle"}[folder]
    place = tmp_path / "out" / folder
    place.mkdir(exist_ok=True)
    (place / f"{SOURCE.source_id}-0000001{suffix}").write_bytes(b"something")
    (place / f"{SOURCE.source_id}-0000002{suffix}").write_bytes(b"")
    try:
        (place / f"{SOURCE.source_id}-0000003{suffix}").symlink_to("nowhere")
    except OSError:
        pytest.skip("no links")
    (place / f"notes-0000001{suffix}.txt").write_bytes(b"something")
    assert run.stage_files() == {SOURCE.source_id: 1}


def test_a_table_that_nobody_wrote_to_is_not_read_again(tmp_path, monkeypatch):
    made = tmp_path / "out"
    run = start(made)
    run.write_tables(make_run(tmp_path / "other", [Spot("clip.mp4", 0, (10, 10, 60, 60), "ana")]))
    run.update()
    assert run.changed_tables() == [] and not run.state.stamps, "it may be written to within a tick of its times"
    monkeypatch.setattr(hashing, "_SETTLED_NS", 0)
    hashing._hash_now.cache_clear()
    assert run.changed_tables() == []
    run.update()
    read, sha256_of = [], hashing.sha256_of
    monkeypatch.setattr(hashing, "sha256_of", lambda path: read.append(path.name) or sha256_of(path))
    hashing._hash_now.cache_clear()
    assert load_run(made).changed_tables() == [] and not read
    for name in TABLES:
        data = (made / name).read_bytes()
        (made / name).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        os.utime(made / name, ns=(0, 1_700_000_000_000_000_000))
    assert load_run(made).changed_tables() == [*TABLES] and sorted(read) == sorted(TABLES)


def test_the_number_of_a_file_may_be_larger_than_any_number_in_json(tmp_path):
    run = start(tmp_path / "out")
    run.update(stamps={"faces.npz": hashing.Stamp("ab", hashing._as_text((1 << 120, 1, 2, 3)))})
    assert load_run(tmp_path / "out").state.stamps == run.state.stamps


def test_rows_that_somebody_else_wrote_meanwhile_are_not_copied(tmp_path):
    run = start(tmp_path / "out")
    table = make_run(tmp_path / "other", [Spot("clip.mp4", n, (10, 10, 60, 60), "ana") for n in range(3)])
    run.write_tables(table)
    path = tmp_path / "out/faces.csv"
    path.write_bytes(path.read_bytes().replace(b",ana\n", b",eve\n", 1))
    named = table.named({face: "bea" if face == table.face_id[-1] else "ana" for face in table.face_id})
    run.write_tables(named, ["faces.csv"], {table.face_id[-1]})
    assert list(read_names(path).values()) == ["ana", "ana", "bea"]
