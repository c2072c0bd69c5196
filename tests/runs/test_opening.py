"""Starting, resuming, adding to and starting afresh: who owns a folder."""

import os
from dataclasses import replace

import pytest
from stored_frames import OTHER, SOURCE, make_frame, start

from facepipe.errors import SettingsChanged, StoreError
from facepipe.files.atomic import write_text
from facepipe.records import Failure
from facepipe.runs.opening import load_run
from facepipe.runs.state import Status
from facepipe.settings import Settings


def test_a_run_is_resumed_with_the_same_settings(tmp_path):
    first = start(tmp_path / "out")
    first.claim(["people/person_001/x.jpg"])
    first.record(counts={"faces": 3}, failures=[Failure("f", "stage", "why")])
    again = start(tmp_path / "out")
    assert set(again.files) == {"people/person_001/x.jpg"}
    assert again.state.failures == ()  # failed frames are tried again
    assert again.sources() == [replace(SOURCE, path=SOURCE.path.resolve())]
    assert again.settings == Settings()


def test_a_file_is_no_run(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"")
    with pytest.raises(StoreError, match=r"a.jpg is not a facepipe run: it is a file$"):
        load_run(tmp_path / "a.jpg")


def test_a_run_whose_clusterer_is_gone_says_what_to_install(tmp_path):
    path = start(tmp_path / "out").layout.run
    path.write_text(path.read_text().replace('"cluster": "people"', '"cluster": "chains"'))
    said = r"out was made with the clusterer 'chains', which is not installed here: install its package$"
    with pytest.raises(StoreError, match=said):
        load_run(tmp_path / "out")


@pytest.mark.parametrize(
    "changed, message",
    [
        (Settings.of(interval=2.0), "--interval was 1.0, now 2.0"),
        (Settings.of(stop=2.0), "--stop was not set, now 2.0"),
        (
            Settings.of(cluster="dbscan", eps=0.4),
            r"\(--cluster was people, now dbscan\).*facepipe cluster .* changes them",
        ),
        (Settings.of(frame_size=(640, 480), faces_per_frame=(1, 4)), "--frame-size was 1920x1920, now 640x480; "),
        (Settings.of(faces_per_frame=(1, 4)), "--faces-per-frame was not set, now 1-4"),
        (
            Settings.of(plots=(), annotations=("coco",)),
            r"\(--annotations was yolo,darknet, now coco; --plots was all, now none\).*facepipe cluster",
        ),
    ],
)
def test_other_settings_say_what_differs_and_touch_nothing(tmp_path, changed, message):
    start(tmp_path / "out")
    before = (tmp_path / "out" / "run.json").read_bytes()
    with pytest.raises(SettingsChanged, match=message):
        start(tmp_path / "out", changed)
    assert (tmp_path / "out" / "run.json").read_bytes() == before


def test_other_inputs_are_added_after_those_that_are_there(tmp_path):
    start(tmp_path / "out")
    again = start(tmp_path / "out", sources=[OTHER, replace(SOURCE, path=tmp_path / "moved.mp4", source_id="new-name")])
    assert [source.source_id for source in again.sources()] == [SOURCE.source_id, OTHER.source_id]
    assert again.sources()[0].path == tmp_path / "moved.mp4"
    assert again.state.status is Status.RUNNING
    same_name = replace(OTHER, sha256="77" * 32, source_id="other-77777777", path=tmp_path / "b" / "other.mp4")
    assert start(tmp_path / "out", sources=[same_name]).sources()[2].name == "b/other.mp4"
    with pytest.raises(StoreError, match="id of another input"):
        start(tmp_path / "out", sources=[replace(OTHER, sha256="66" * 32)])


def test_only_the_owner_can_look_into_a_run(tmp_path):
    start(tmp_path / "out")
    (tmp_path / "empty").mkdir()
    before = (tmp_path / "empty").stat().st_mode & 0o777
    start(tmp_path / "empty")
    if os.name == "posix":
        assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "empty").stat().st_mode & 0o777 == before  # somebody else made it


def test_fresh_with_other_models_keeps_decisions_aside(tmp_path):
    log = tmp_path / "out" / "decisions.jsonl"
    start(tmp_path / "out")
    write_text(log, "mine\n")
    start(tmp_path / "out", fresh=True)
    assert log.read_text() == "mine\n"
    start(tmp_path / "out", digest="other digest", fresh=True)
    assert not log.exists()
    assert log.with_name("decisions-1.jsonl").read_text() == "mine\n"


def test_a_folder_that_is_not_a_run_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    for fresh in (False, True):
        with pytest.raises(StoreError, match="not a facepipe run"):
            start(tmp_path, fresh=fresh)
    assert os.listdir(tmp_path) == ["thesis.txt"]
    with pytest.raises(StoreError, match="is a file"):
        start(tmp_path / "thesis.txt")


def test_fresh_removes_what_the_run_wrote_and_nothing_else(tmp_path):
    out = tmp_path / "out"
    run = start(out)
    run.shards().write(make_frame(1))
    frames = run.layout.frames
    write_text(frames / f"{make_frame(1).frame_id}.jpg", "picture")
    write_text(frames / "holiday-0000001.jpg", "of a person")
    run.claim(["people/person_001/ours.jpg", "people/person_002/ours.jpg"])
    write_text(out / "people/person_001/ours.jpg", "ours")
    write_text(out / "people/person_001/theirs.jpg", "theirs")
    write_text(out / "people/person_002/ours.jpg", "ours")
    start(out, Settings.of(interval=3), fresh=True)
    left = sorted(str(p.relative_to(out)) for p in out.rglob("*") if p.is_file())
    assert left == ["files.log", "frames/holiday-0000001.jpg", "people/person_001/theirs.jpg", "run.json"]
    assert not (out / "people/person_002").exists()


def test_a_list_in_which_decisions_stand_is_refused(tmp_path):
    run = start(tmp_path / "out")
    run.claim(["decisions.jsonl"])
    with pytest.raises(StoreError, match="lists what no run takes away"):
        load_run(tmp_path / "out")


@pytest.mark.parametrize("name", ["../outside.txt", "/etc/passwd"])
def test_a_run_that_lists_foreign_files_is_refused(tmp_path, name):
    run = start(tmp_path / "out")
    run.claim(["faces.csv"])
    before = run.layout.run.read_text()
    with run.layout.files.open("a") as handle:
        handle.write(f"+ {name}\n")
    with pytest.raises(StoreError, match=r"files\.log cannot be read \(it lists files outside its folder"):
        start(tmp_path / "out", fresh=True)
    run.layout.files.unlink()
    run.layout.run.write_text(before.replace('"facepipe-run-4"', f'"facepipe-run-2", "files": ["{name}"]'))
    with pytest.raises(StoreError, match=r"run\.json cannot be read \(it lists files outside its folder"):
        start(tmp_path / "out", fresh=True)


def test_files_that_an_older_program_wrote_are_still_known(tmp_path):
    run = start(tmp_path / "out")
    old = run.layout.run.read_text().replace('"facepipe-run-4"', '"facepipe-run-2", "files": ["people/a/x.jpg"]')
    run.layout.run.write_text(old)
    again = load_run(tmp_path / "out")
    assert set(again.files) == {"people/a/x.jpg"}
    again.update(applied=1)
    assert set(load_run(tmp_path / "out").files) == {"people/a/x.jpg"}


def test_a_list_of_files_that_is_gone_is_a_clear_error(tmp_path):
    run = start(tmp_path / "out")
    run.claim(["faces.csv"])
    run.update(covers=2)
    run.layout.files.unlink()
    with pytest.raises(StoreError, match=r"files\.log is missing, which lists what facepipe wrote: put it back"):
        load_run(tmp_path / "out")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "facepipe-run-1"}', '{"format": 7}'])
def test_a_damaged_run_json_is_a_clear_error(tmp_path, text):
    start(tmp_path / "out")
    (tmp_path / "out" / "run.json").write_text(text)
    with pytest.raises(StoreError, match="cannot be read"):
        load_run(tmp_path / "out")
