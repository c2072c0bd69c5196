"""Atomic files, builtins-only pickles, shards, the table, and who owns a run folder."""

import json
import os
import pickle
import struct
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from facepipe.errors import HostileFileError, SettingsChanged, StorageFull, StoreError
from facepipe.files.atomic import atomic_open, write_text
from facepipe.files.removal import stays_inside
from facepipe.records import Face, Failure, Frame, FrameRef, Source
from facepipe.run import inputs, pickles
from facepipe.run.folder import load_run, open_run
from facepipe.run.shards import ShardFolder
from facepipe.run.table import collate, encodings, read_table, write_csv, write_npz
from facepipe.settings import ClusterSettings, SamplingSettings, Settings

SOURCE = Source("clip-0123abcd", "clip.mp4", Path("clip.mp4"), "0123abcd" * 8, 1234, True)
OTHER = Source("other-89abcdef", "other.mp4", Path("other.mp4"), "89abcdef" * 8, 99, True)
FACTS = {"detector": "hog", "models": {}}


def make_frame(index: int, faces: int = 1, source: Source = SOURCE) -> Frame:
    rng = np.random.default_rng(index)
    ref = FrameRef(source, index, index / 25)
    made = [
        Face(
            face_id=f"{ref.frame_id}-{k}",
            box_ltrb=(10 * k, 5, 10 * k + 8, 13),
            score=0.75,
            quality=0.5,
            embedding=rng.normal(size=128),
            cloth=rng.normal(size=128) if k else None,
            cloth_visibility=0.9 if k else 0.0,
        )
        for k in range(faces)
    ]
    return Frame(ref, (64, 48), None, tuple(made), signature=np.arange(6, dtype=np.uint8))


# Atomic files


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path):
    target = tmp_path / "a.txt"
    write_text(target, "old")
    with pytest.raises(RuntimeError), atomic_open(target) as handle:
        handle.write("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_full_disk_is_a_clear_error():
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    with pytest.raises(StorageFull, match=r"cannot write /dev/full/x.txt"):
        write_text(Path("/dev/full/x.txt"), "x")


# Pickles

builtins = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=20,
)


@given(builtins)
def test_builtins_come_back(value):
    assert pickles.loads(pickles.dumps(value)) == value


@given(
    hnp.arrays(
        np.float32, hnp.array_shapes(min_dims=2, max_dims=2, min_side=0), elements=st.floats(-1e9, 1e9, width=32)
    )
)
def test_arrays_come_back(array):
    again = pickles.unpack(pickles.loads(pickles.dumps(pickles.pack(array))), np.float32, None, None)
    np.testing.assert_array_equal(again, array)


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_with_code_is_refused_and_not_run(tmp_path, protocol):
    data = pickle.dumps({"faces": [Evil(str(tmp_path / "pwned"))]}, protocol=protocol)
    with pytest.raises(HostileFileError, match="more than data"):
        pickles.loads(data)
    assert not (tmp_path / "pwned").exists()


def test_a_pickle_that_asks_for_gigabytes_is_refused():
    huge_memo = b"\x80\x04N" + b"r" + struct.pack("<I", 0x7FFFFFFF) + b"."
    with pytest.raises(HostileFileError):
        pickles.loads(huge_memo)
    with pytest.raises(StoreError):
        pickles.loads(b"\x80\x04\x8e" + struct.pack("<Q", 1 << 60) + b".")


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_damaged_pickle_is_a_store_error_or_other_data(position, byte):
    data = bytearray(pickles.dumps({"a": [1, 2.5, "text", b"bytes"], "b": {"c": None}}))
    data[position % len(data)] = byte
    with suppress(StoreError):
        pickles.loads(bytes(data))


# Shards


def test_a_shard_comes_back_as_it_was(tmp_path):
    shards = ShardFolder(tmp_path, "digest")
    frame = make_frame(7, faces=2)
    shards.write(frame)
    again = shards.read(frame.ref)
    assert (again.ref, again.size_wh, again.skipped) == (frame.ref, frame.size_wh, "")
    for got, made in zip(again.faces, frame.faces, strict=True):
        assert (got.face_id, got.box_ltrb, got.score) == (made.face_id, made.box_ltrb, made.score)
        np.testing.assert_array_equal(got.embedding, made.embedding)
    assert again.faces[0].cloth is None
    np.testing.assert_array_equal(again.faces[1].cloth, frame.faces[1].cloth)
    assert shards.count_faces(frame.ref) == 2
    assert shards.count_faces(make_frame(8).ref) is None


def test_stale_and_damaged_shards_do_not_count_as_done(tmp_path):
    shards, frame = ShardFolder(tmp_path, "digest"), make_frame(1)
    shards.write(frame)
    whole = shards.path(frame.frame_id).read_bytes()
    assert ShardFolder(tmp_path, "other settings").count_faces(frame.ref) is None
    for damaged in (b"", whole[: len(whole) // 2], whole[:-1], pickles.dumps([1]), pickles.dumps({"format": 1})):
        shards.path(frame.frame_id).write_bytes(damaged)
        assert shards.count_faces(frame.ref) is None
        with pytest.raises(StoreError, match="run again"):
            list(shards.frames([SOURCE]))


def test_a_hostile_shard_stops_the_run(tmp_path):
    shards, frame = ShardFolder(tmp_path, "digest"), make_frame(1)
    shards.path(frame.frame_id).write_bytes(pickle.dumps(Evil(str(tmp_path / "pwned"))))
    with pytest.raises(HostileFileError):
        shards.count_faces(frame.ref)
    assert not (tmp_path / "pwned").exists()


def test_a_shard_under_another_frames_name_is_refused(tmp_path):
    shards = ShardFolder(tmp_path, "digest")
    shards.write(make_frame(1))
    shards.path(make_frame(1).frame_id).rename(shards.path(make_frame(2).frame_id))
    with pytest.raises(StoreError, match="holds frame"):
        list(shards.frames([SOURCE]))


def test_shards_are_read_in_the_order_of_sources_and_time(tmp_path):
    shards = ShardFolder(tmp_path, "digest")
    for frame in (make_frame(30), make_frame(4), make_frame(9, source=OTHER), make_frame(200)):
        shards.write(frame)
    (tmp_path / "somebody-else.pickle").write_bytes(b"not ours")
    found = [(f.ref.source.source_id, f.ref.index) for f in shards.frames([OTHER, SOURCE])]
    assert found == [("other-89abcdef", 9), ("clip-0123abcd", 4), ("clip-0123abcd", 30), ("clip-0123abcd", 200)]


# The table


def test_a_table_is_collated_written_and_read_back(tmp_path):
    frames = [make_frame(0, 2), make_frame(5, 0), make_frame(9, 1), make_frame(3, 3, OTHER)]
    table = collate(frames, lambda signatures, times: [int(t > 0.3) for t in times], min_cloth_visibility=0.5)
    assert table.frame_index.tolist() == [0, 0, 9, 3, 3, 3]
    assert table.shot.tolist() == [0, 0, 1, 2, 2, 2]  # numbered on from source to source
    assert table.has_cloth.tolist() == [False, True, False, False, True, True]
    labels, people = np.array([0, 1, 0, -1, 0, 1]), ["a", "b", "a", "", "a", "b"]
    write_csv(tmp_path / "faces.csv", table, labels, people)
    write_npz(tmp_path / "faces.npz", table)
    again, names = read_table(tmp_path)
    assert names == people
    assert again.face_id == table.face_id
    for column in ("frame", "time_s", "box", "image_wh", "score", "quality", "shot", "face", "cloth", "has_cloth"):
        np.testing.assert_array_equal(getattr(again, column), getattr(table, column))
    assert len(encodings(table)) == 6


def test_an_empty_table_is_a_table(tmp_path):
    table = collate([make_frame(0, 0)], lambda signatures, times: [0], 0.5)
    write_csv(tmp_path / "faces.csv", table, np.zeros(0, int), [])
    write_npz(tmp_path / "faces.npz", table)
    assert len(read_table(tmp_path)[0]) == 0


def test_reading_a_table_that_is_not_there_or_foreign(tmp_path):
    with pytest.raises(StoreError, match="no finished run"):
        read_table(tmp_path)
    table = collate([make_frame(0, 2)], lambda signatures, times: [0], 0.5)
    write_csv(tmp_path / "faces.csv", table, np.zeros(2, int), ["a", "b"])
    np.savez(tmp_path / "faces.npz", face_id=np.array([Evil("x")], dtype=object))
    with pytest.raises(StoreError, match="cannot read the table"):
        read_table(tmp_path)


# The run folder


def start(path, settings=None, sources=(SOURCE,), **options):
    return open_run(path, settings or Settings(), list(sources), "digest", FACTS, **options)


def test_a_run_is_resumed_with_the_same_settings(tmp_path):
    first = start(tmp_path / "out")
    first.claim(["people/person_001/x.jpg"])
    first.record(counts={"faces": 3}, failures=[Failure("f", "stage", "why")])
    again = start(tmp_path / "out")
    assert again.state["files"] == ["people/person_001/x.jpg"]
    assert again.state["failures"] == []  # failed frames are tried again
    assert again.sources() == [replace(SOURCE, path=SOURCE.path.resolve())]
    assert again.settings() == Settings()


@pytest.mark.parametrize(
    "changed, message",
    [
        ({"settings": Settings(sampling=SamplingSettings(interval=2.0))}, "--interval was 1.0, now 2.0"),
        ({"settings": Settings(clustering=ClusterSettings(eps=0.4))}, "--eps was None, now 0.4"),
    ],
)
def test_other_settings_say_what_differs_and_touch_nothing(tmp_path, changed, message):
    start(tmp_path / "out")
    before = (tmp_path / "out" / "run.json").read_bytes()
    with pytest.raises(SettingsChanged, match=message):
        start(tmp_path / "out", **changed)
    assert (tmp_path / "out" / "run.json").read_bytes() == before


def test_other_inputs_are_added_after_those_that_are_there(tmp_path):
    start(tmp_path / "out")
    again = start(tmp_path / "out", sources=[OTHER, replace(SOURCE, path=tmp_path / "moved.mp4", source_id="new-name")])
    assert [source.source_id for source in again.sources()] == [SOURCE.source_id, OTHER.source_id]
    assert again.sources()[0].path == tmp_path / "moved.mp4"
    assert again.state["status"] == "running"
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
    open_run(tmp_path / "out", Settings(), [SOURCE], "other digest", FACTS, fresh=True)
    assert not log.exists()
    assert log.with_name("decisions-1.jsonl").read_text() == "mine\n"


def test_a_file_with_two_spellings_of_its_name_is_not_removed(tmp_path):
    """A file system that ignores case takes anna/ and Anna/ for one folder; a link does the same here."""
    run = start(tmp_path / "out")
    write_text(tmp_path / "out/people/Anna/x.jpg", "x")
    try:
        (tmp_path / "out/people/anna").symlink_to("Anna")
    except OSError:
        pytest.skip("no links, or a file system that ignores case")
    run.claim(["people/Anna/x.jpg", "people/anna/x.jpg"])
    run.release(["people/anna/x.jpg"])
    assert (tmp_path / "out/people/Anna/x.jpg").read_text() == "x"
    assert run.state["files"] == ["people/Anna/x.jpg"]


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
    frames = run.frames
    write_text(frames / f"{make_frame(1).frame_id}.jpg", "picture")
    write_text(frames / "holiday-0000001.jpg", "of a person")
    write_text(out / "people/person_001/ours.jpg", "ours")
    write_text(out / "people/person_001/theirs.jpg", "theirs")
    write_text(out / "people/person_002/ours.jpg", "ours")
    run.claim(["people/person_001/ours.jpg", "people/person_002/ours.jpg"])
    start(out, Settings(sampling=SamplingSettings(interval=3)), fresh=True)
    left = sorted(str(p.relative_to(out)) for p in out.rglob("*") if p.is_file())
    assert left == ["frames/holiday-0000001.jpg", "people/person_001/theirs.jpg", "run.json"]
    assert not (out / "people/person_002").exists()


@pytest.mark.parametrize("name", ["../outside.txt", "/etc/passwd"])
def test_a_run_json_that_lists_foreign_files_is_refused(tmp_path, name):
    run = start(tmp_path / "out")
    run.state["files"] = [name]
    run.update()
    with pytest.raises(StoreError, match="outside its folder"):
        start(tmp_path / "out", fresh=True)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "facepipe-run-1"}', '{"format": 7}'])
def test_a_damaged_run_json_is_a_clear_error(tmp_path, text):
    start(tmp_path / "out")
    (tmp_path / "out" / "run.json").write_text(text)
    with pytest.raises(StoreError, match="cannot be read"):
        load_run(tmp_path / "out")


def test_released_files_go_with_their_empty_folders(tmp_path):
    run = start(tmp_path / "out")
    write_text(tmp_path / "out/montage/a.jpg", "a")
    write_text(tmp_path / "out/montage/b.jpg", "not listed")
    write_text(tmp_path / "out/people/p/c.jpg", "c")
    run.claim(["montage/a.jpg", "people/p/c.jpg"])
    run.release(["montage/a.jpg", "montage/b.jpg", "people/p/c.jpg"])
    assert (tmp_path / "out/montage/b.jpg").exists()
    assert not (tmp_path / "out/people").exists()
    assert json.loads((tmp_path / "out/run.json").read_text())["files"] == []


@given(st.text(alphabet="./\\:aC ", max_size=12))
def test_a_name_that_stays_inside_does_so_on_every_system(name):
    if stays_inside(name):
        for path in (PureWindowsPath(name), PurePosixPath(name)):
            assert path.parts and not path.is_absolute() and not path.anchor and ".." not in path.parts


@pytest.mark.parametrize("name", ["a", "people/Anna/x.jpg", "people/a..b/.hidden", "a b/...c"])
def test_usual_names_stay_inside(name):
    assert stays_inside(name)


def test_a_relative_input_is_the_file_in_todays_folder(tmp_path, monkeypatch):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "clip.mp4").write_text(name)
        monkeypatch.chdir(tmp_path / name)
        source = replace(SOURCE, path=Path("clip.mp4"), sha256=name * 20)
        (entry,) = inputs.added([], [source])
        assert entry["path"] == str(tmp_path.resolve() / name / "clip.mp4")
        assert inputs.file_key(source.path)[0] == entry["path"]


def test_an_input_behind_links_is_known_by_its_real_place(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "clip.mp4").write_text("clip")
    (tmp_path / "folder").symlink_to(tmp_path / "real")
    (tmp_path / "file.mp4").symlink_to(tmp_path / "real" / "clip.mp4")
    places = {inputs.file_key(tmp_path / name)[0] for name in ("real/clip.mp4", "folder/clip.mp4", "file.mp4")}
    assert places == {str((tmp_path / "real" / "clip.mp4").resolve())}


def test_faces_that_only_one_file_of_a_killed_run_has_are_left_out(tmp_path):
    frames = [make_frame(0, 3), make_frame(1, 2)]
    table = collate(frames, lambda signatures, times: [0, 0], 0.5)
    write_npz(tmp_path / "faces.npz", table.take([0, 1, 3, 4]))
    write_csv(tmp_path / "faces.csv", table.take([0, 2, 3, 4]), np.zeros(4), ["Anna", "Ben", "Cleo", "Dan"])
    read, people = read_table(tmp_path)
    assert read.face_id == tuple(table.face_id[row] for row in (0, 3, 4))
    assert people == ["Anna", "Cleo", "Dan"]
    write_csv(tmp_path / "faces.csv", table.take([2]), np.zeros(1), ["Ben"])
    with pytest.raises(StoreError, match="different faces"):
        read_table(tmp_path)
