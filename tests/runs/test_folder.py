"""An opened run: the files that it owns."""

import os

import pytest
from dataset_world import Spot, make_run
from stored_frames import SOURCE, make_frame, start

from facepipe.files import hashing
from facepipe.files.atomic import write_text
from facepipe.files.ledger import Ledger
from facepipe.runs import folder as module
from facepipe.runs.layout import TABLES
from facepipe.runs.opening import load_run


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
    module._hash_of.cache_clear()
    assert run.changed_tables() == []
    run.update()
    read = []
    monkeypatch.setattr(module, "sha256_of", lambda path: read.append(path.name) or "")
    module._hash_of.cache_clear()
    assert load_run(made).changed_tables() == [] and not read
    for name in TABLES:
        data = (made / name).read_bytes()
        (made / name).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        os.utime(made / name, ns=(0, load_run(made).state.stamps[name].state[2]))
    assert load_run(made).changed_tables() == [*TABLES] and sorted(read) == sorted(TABLES)
