"""Many shards in one file: whole or not there, whatever is cut, damaged or put in."""

import os
import struct
import threading
import zlib
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stored_frames import OTHER, SOURCE, make_frame

from facepipe.errors import StorageFull, StoreError
from facepipe.runs import segments as module
from facepipe.runs.segments import Segments
from facepipe.runs.shards import ShardFolder
from facepipe.runs.stored_frame import frame_to_builtins
from facepipe.settings import FRAME, SEGMENT


def stored(folder, *frames, digest="digest"):
    """The one segment that holds some frames."""
    before = {*folder.glob("*.segment")}
    segments = Segments(folder)
    for frame in frames:
        segments.append(frame.frame_id, frame_to_builtins(frame, digest))
    (path,) = {*folder.glob("*.segment")} - before
    return path


def read_anew(folder, frame):
    """What a process finds that has not looked into the folder yet."""
    segments = Segments(folder)
    segments.refresh()
    return next(segments.read(frame.frame_id), None)


def equal(one, other) -> bool:
    return frame_to_builtins(one, "") == frame_to_builtins(other, "")


@pytest.mark.parametrize("way", [FRAME, SEGMENT])
def test_both_ways_give_the_frames_that_were_stored(tmp_path, way):
    shards = ShardFolder(tmp_path, "digest", way)
    frames = [make_frame(index, faces) for index, faces in ((30, 2), (4, 0), (200, 5))]
    for frame in frames:
        shards.write(frame)
    assert len([*tmp_path.iterdir()]) == (3 if way == FRAME else 1)
    for reader in (shards, ShardFolder(tmp_path, "digest")):
        assert all(equal(reader.read(frame.ref), frame) for frame in frames)
        assert [frame.ref.index for frame in reader.frames([SOURCE])] == [4, 30, 200]
        assert reader.ids() == {frame.frame_id for frame in frames}
        assert reader.read(make_frame(5).ref) is None
    assert ShardFolder(tmp_path, "other settings").read(frames[0].ref) is None
    with pytest.raises(StoreError, match="other settings"):
        list(ShardFolder(tmp_path, "other settings").frames([SOURCE]))


def test_after_many_files_there_are_segments_and_both_are_read_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr("facepipe.runs.shards._FEW", 3)
    monkeypatch.setattr(module, "FRAMES", 4)
    shards = ShardFolder(tmp_path, "digest")
    for index in range(14):
        shards.write(make_frame(index * 5 % 14))
    assert len([*tmp_path.glob("*.pickle")]) == 3 and len([*tmp_path.glob("*.segment")]) == 3
    assert [frame.ref.index for frame in ShardFolder(tmp_path, "digest").frames([SOURCE])] == [*range(14)]
    again = ShardFolder(tmp_path, "digest")
    again.write(make_frame(14))
    assert len([*tmp_path.glob("*.pickle")]) == 3, "those of an earlier process count"
    assert again.count_faces(make_frame(14).ref) == 1


def test_a_record_that_is_cut_short_anywhere_costs_that_frame_alone(tmp_path):
    frames = [make_frame(1, 2), make_frame(2, 1), make_frame(3, 1)]
    path = stored(tmp_path, *frames)
    whole = path.read_bytes()
    ends = list(accumulate(size for _, size in module._records(whole)))
    assert ends[-1] == len(whole)
    for length in range(ends[1], len(whole)):
        path.write_bytes(whole[:length])
        assert read_anew(tmp_path, frames[2]) is None
        assert all(read_anew(tmp_path, frame) for frame in frames[:2])
    path.write_bytes(b"")
    assert not any(read_anew(tmp_path, frame) for frame in frames)


def test_a_damaged_record_is_made_again_and_never_passed_over(tmp_path):
    frames = [make_frame(1, 2), make_frame(2, 1), make_frame(3)]
    path = stored(tmp_path, *frames)
    damaged = path.read_bytes().replace(frames[1].faces[0].embedding.tobytes()[:9], b"something")
    path.write_bytes(damaged)
    shards = ShardFolder(tmp_path, "digest")
    assert [shards.count_faces(frame.ref) for frame in frames] == [2, None, 1]
    with pytest.raises(StoreError, match=f"{path.name} is damaged where {frames[1].frame_id} stands .*: delete it and"):
        list(shards.frames([SOURCE]))
    ShardFolder(tmp_path, "digest", SEGMENT).write(frames[1])
    again = ShardFolder(tmp_path, "digest")
    assert all(equal(one, other) for one, other in zip(again.frames([SOURCE]), frames, strict=True))


@settings(max_examples=60)
@given(st.data())
def test_whatever_bytes_are_changed_a_frame_is_what_it_was_or_not_there(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("shards")
    frames = [make_frame(1, 2), make_frame(2, 1)]
    path = stored(folder, *frames)
    whole = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(whole)
    reader = ShardFolder(folder, "digest")
    for frame in frames:
        found = reader.read(frame.ref)
        assert found is None or equal(found, frame)


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 100_000,
        b'{"embedding": {"dtype": "<f4", "shape": [4], "data": [0, 1e400]}}',
        b'{"data": 7}',
        b'{"format": 1, "digest": "digest"}',
        b"[1]",
        b"\xff",
    ],
)
def test_a_hostile_record_is_no_frame(tmp_path, text):
    frame = make_frame(1)
    one = frame.frame_id.encode()
    body = one + text + bytes(16)
    head = struct.pack("<4sHIII", b"fps1", len(one), len(text), 16, zlib.crc32(body))
    (tmp_path / "0123456789abcdef.segment").write_bytes(head + body)
    assert ShardFolder(tmp_path, "digest").read(frame.ref) is None


@pytest.mark.parametrize("sizes", [(5, 2**32 - 1, 0), (65535, 0, 0), (0, 0, 0), (5, 0, 2**31)])
def test_sizes_that_cannot_be_end_the_segment(tmp_path, sizes):
    first = make_frame(1)
    path = stored(tmp_path, first)
    with path.open("ab") as file:
        file.write(struct.pack("<4sHIII", b"fps1", *sizes, 0) + b"../..")
    assert Segments(tmp_path).ids() == [first.frame_id]


def test_several_writers_do_not_disturb_each_other(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "FRAMES", 10)
    writers = [Segments(tmp_path), Segments(tmp_path)]

    def write(number):
        for index in range(number, 120, 4):
            frame = make_frame(index)
            writers[number % 2].append(frame.frame_id, frame_to_builtins(frame, "digest"))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reader = ShardFolder(tmp_path, "digest")
    assert [frame.ref.index for frame in reader.frames([SOURCE])] == [*range(120)]
    assert len([*tmp_path.iterdir()]) == 12
    assert sorted(writers[0].ids()) == sorted(reader.ids()), "who wrote the half finds the other half"


def test_of_what_is_replaced_nothing_stays(tmp_path):
    frames = [make_frame(1, 2), make_frame(2, 1)]
    for _ in range(2):  # stored twice, as by two workers
        stored(tmp_path, *frames)
    old = frames[0].faces[1].embedding.tobytes()
    assert all(old in path.read_bytes() for path in tmp_path.glob("*.segment"))
    shards = ShardFolder(tmp_path, "digest", SEGMENT)
    emptied = frames[0].with_(faces=frames[0].faces[:1])
    shards.replace([emptied])
    assert not any(old in path.read_bytes() for path in tmp_path.iterdir())
    for reader in (shards, ShardFolder(tmp_path, "digest")):
        assert equal(reader.read(frames[0].ref), emptied) and equal(reader.read(frames[1].ref), frames[1])
    shards.write(make_frame(3))
    assert [frame.ref.index for frame in ShardFolder(tmp_path, "digest").frames([SOURCE])] == [1, 2, 3]


@pytest.fixture
def full(tmp_path, monkeypatch):
    """A segment that is full, of three frames, and where its index begins."""
    monkeypatch.setattr(module, "FRAMES", 3)
    path = stored(tmp_path, *map(make_frame, (1, 2, 3)))
    return path, sum(size for _, size in module._records(path.read_bytes()))


def test_what_is_in_a_full_segment_is_known_from_its_end(tmp_path, full, monkeypatch):
    Segments(tmp_path).append("x-0000004", {})
    assert len([*tmp_path.glob("*.segment")]) == 2, "it does not grow any more"
    by_records = Segments(tmp_path)
    monkeypatch.setattr(module, "_index_of", lambda *_: [])
    by_records.refresh()
    monkeypatch.undo()
    gone_through = []
    monkeypatch.setattr(module, "_records", lambda data: gone_through.append(data) or iter(()))
    by_index = Segments(tmp_path)
    by_index.refresh()
    assert len(gone_through) == 1, "the one that is not full"
    path, _ = full
    assert {one: by_index._places[one] for one in by_index._places} == {
        one: places for one, places in by_records._places.items() if places[0][0] == path.name
    }
    assert not by_records._cut_short()


def test_an_index_that_is_cut_short_or_changed_costs_nothing(tmp_path, full):
    path, begins = full
    whole = path.read_bytes()
    changed = [whole[:length] for length in range(begins, len(whole))]
    changed += [whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :] for place in range(begins, len(whole))]
    for data in changed:
        path.write_bytes(data)
        assert all(equal(ShardFolder(tmp_path, "digest").read(make_frame(n).ref), make_frame(n)) for n in (1, 2, 3))


@pytest.mark.parametrize(
    "records",
    [
        [("a-0000001", 7)],
        [("../a-0000001", 0)],
        [("a-0000001", -5), ("b-0000001", 5)],
        [(f"a-000000{n}", 10**8) for n in range(9)],
    ],
    ids=["short", "path", "negative", "long"],
)
def test_an_index_that_does_not_fit_is_not_believed(tmp_path, full, records):
    path, begins = full
    path.write_bytes(path.read_bytes()[:begins] + module._index(records))
    segments = Segments(tmp_path)
    assert segments.ids() == [make_frame(n).frame_id for n in (1, 2, 3)]


def test_who_reads_while_a_segment_is_filled_up_knows_each_frame_once(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "FRAMES", 3)
    writer, reader = Segments(tmp_path), Segments(tmp_path)
    for number in range(5):
        writer.append(f"a-000000{number}", {})
        assert len(reader.ids()) == number + 1
    assert all(len(places) == 1 for places in reader._places.values()) and not reader._cut_short()


def test_a_segment_that_is_filled_up_while_it_is_looked_at_is_known_once(tmp_path, full, monkeypatch):
    path, _ = full
    whole = path.read_bytes()
    first = next(module._records(whole))[1]
    path.write_bytes(whole[:first])
    before = module._segments(tmp_path)
    path.write_bytes(whole)
    reader = Segments(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(module, "_segments", lambda _: before)
        reader.refresh()
    reader.refresh()
    assert all(len(places) == 1 for places in reader._places.values()) and len(reader._places) == 3


def test_an_index_lists_no_record_that_is_larger_than_any(tmp_path, full, monkeypatch):
    monkeypatch.setattr(module, "_MOST", 50)
    assert Segments(tmp_path).ids() == []


@pytest.mark.parametrize("length", [5, 300, 1200])
def test_nothing_stays_of_a_record_that_a_kill_cut_short(tmp_path, length):
    """The frame was stored again after that, in another segment."""
    frame = make_frame(1, 2)
    cut = stored(tmp_path, make_frame(2), frame)
    ends = list(accumulate(size for _, size in module._records(cut.read_bytes())))
    cut.write_bytes(cut.read_bytes()[: ends[0] + length])
    stored(tmp_path, frame)
    shards = ShardFolder(tmp_path, "digest")
    shards.replace([frame.with_(faces=())])
    assert shards.ids() == {frame.frame_id, make_frame(2).frame_id}
    assert cut.read_bytes()[ends[0] :] == module._index([(make_frame(2).frame_id, ends[0])])
    cut.write_bytes(cut.read_bytes()[: ends[0] - 1])
    ShardFolder(tmp_path, "digest").replace([])
    assert not cut.exists(), "of which nothing is whole"


@pytest.mark.parametrize("moment", [1, 2, 3])
def test_what_is_replaced_is_read_until_all_of_it_is_gone(tmp_path, monkeypatch, moment):
    """A frame in two segments and in a file: whatever is written last before a kill, the old one is found again."""
    frame = make_frame(1, 2)
    for number in (5, 6):
        stored(tmp_path, frame, make_frame(number))
    ShardFolder(tmp_path, "digest", FRAME).write(frame)
    renames, rename = [], Path.replace

    def stopping(path, target):
        renames.append(target)
        if len(renames) == moment:
            raise KeyboardInterrupt
        return rename(path, target)

    emptied = frame.with_(faces=frame.faces[:1])
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "replace", stopping)
        ShardFolder(tmp_path, "digest").replace([emptied])
    again = ShardFolder(tmp_path, "digest")
    assert len(again.read(frame.ref).faces) == 2
    again.replace([emptied])
    old = frame.faces[1].embedding.tobytes()
    assert len(renames) == moment and not any(old in path.read_bytes() for path in tmp_path.iterdir())


def test_the_frames_of_a_source_go_and_the_others_stay(tmp_path):
    shards = ShardFolder(tmp_path, "digest", SEGMENT)
    for frame in (make_frame(1), make_frame(9, source=OTHER), make_frame(2)):
        shards.write(frame)
    ShardFolder(tmp_path, "digest", FRAME).write(make_frame(3))
    stored(tmp_path, make_frame(4))
    strange = tmp_path / "fedcba9876543210.segment"
    strange.write_bytes(b"somebody's own")
    shards.drop({SOURCE.source_id})
    assert shards.ids() == {make_frame(9, source=OTHER).frame_id} and shards.read(make_frame(1).ref) is None
    shards.drop({OTHER.source_id})
    assert [*tmp_path.iterdir()] == [strange], "which did not begin as ours do"


def test_a_full_disk_leaves_what_is_there(tmp_path, monkeypatch):
    segments, frame = Segments(tmp_path), make_frame(1, 2)
    segments.append(frame.frame_id, frame_to_builtins(frame, "digest"))
    (path,) = tmp_path.iterdir()
    before, write = path.read_bytes(), os.write

    def half(handle, data):
        if len(data) < 100:
            raise OSError(28, "No space left on device")
        return write(handle, data[: len(data) // 2])

    with monkeypatch.context() as patch, pytest.raises(StorageFull, match="No space left"):
        patch.setattr(os, "write", half)
        segments.append("clip-0123abcd-0000002", frame_to_builtins(frame, "digest"))
    assert path.read_bytes() == before
    assert segments.ids() == [frame.frame_id]


def test_a_vector_comes_back_to_the_last_bit(tmp_path):
    shards = ShardFolder(tmp_path, "digest", SEGMENT)
    frame = make_frame(1, 2)
    shards.write(frame)
    for one, other in zip(shards.read(frame.ref).faces, frame.faces, strict=True):
        np.testing.assert_array_equal(one.embedding, other.embedding)
        assert one.embedding.dtype == np.float32
