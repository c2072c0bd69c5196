"""One shard a frame: its checkpoint."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from stored_frames import OTHER, SOURCE, Evil, make_frame

from facepipe.errors import HostileFileError, StoreError
from facepipe.runs import pickles
from facepipe.runs.shards import ShardFolder
from facepipe.runs.stored_frame import frame_from_builtins, frame_to_builtins


def test_a_shard_comes_back_as_it_was(tmp_path):
    shards = ShardFolder(tmp_path, "digest")
    frame = make_frame(7, faces=2)
    shards.write(frame)
    again = shards.read(frame.ref)
    assert (again.ref, again.size_wh, again.skipped) == (frame.ref, frame.size_wh, "")
    for got, made in zip(again.faces, frame.faces, strict=True):
        assert (got.face_id, got.box_ltrb, got.score) == (made.face_id, made.box_ltrb, made.score)
        assert (got.quality, got.eyes, got.light, got.sharpness) == (0.5, 0.25, 100.5, 0.125)
        np.testing.assert_array_equal(got.embedding, made.embedding)
    assert again.faces[0].cloth is None
    np.testing.assert_array_equal(again.faces[1].cloth, frame.faces[1].cloth)
    assert shards.count_faces(frame.ref) == 2
    assert shards.count_faces(make_frame(8).ref) is None


def test_what_an_earlier_shard_does_not_measure_is_not_known():
    frame = make_frame(7)
    unmeasured = frame.with_(faces=(replace(frame.faces[0], light=np.nan, sharpness=np.nan),))
    earlier = frame_to_builtins(frame, "digest")
    for name in ("eyes", "light", "sharpness"):
        del earlier["faces"][0][name]
    for shard in (earlier, frame_to_builtins(unmeasured, "digest")):
        (face,) = frame_from_builtins(shard, {SOURCE.source_id: SOURCE}).faces
        assert np.isnan([face.light, face.sharpness]).all()
    shard["faces"][0]["light"] = np.inf
    with pytest.raises(StoreError, match="a number in it is inf"):
        frame_from_builtins(shard, {SOURCE.source_id: SOURCE})


def test_a_photo_keeps_when_it_was_taken_and_what_it_shows():
    frame = make_frame(0).with_(taken="2023-05-06T12:34:56.780+02:00", pixels="0123abcd")
    shard = frame_to_builtins(frame, "digest")
    read = frame_from_builtins(shard, {SOURCE.source_id: SOURCE})
    assert (read.taken, read.pixels) == (frame.taken, frame.pixels)
    assert frame_from_builtins({**shard, "taken": ""}, {SOURCE.source_id: SOURCE}).taken == ""
    del shard["taken"], shard["pixels"]  # as earlier checkouts wrote it
    read = frame_from_builtins(shard, {SOURCE.source_id: SOURCE})
    assert (read.taken, read.pixels) == ("", "")
    with pytest.raises(StoreError, match="is not a shard of this run"):
        frame_from_builtins({**shard, "taken": "<b>yesterday</b>"}, {SOURCE.source_id: SOURCE})


def test_faces_may_have_been_left_out_of_a_frame(tmp_path):
    shards, frame = ShardFolder(tmp_path, "digest"), make_frame(7, faces=4)
    shards.write(frame.with_(faces=(frame.faces[1], frame.faces[3])))
    assert [face.face_id for face in shards.read(frame.ref).faces] == [f"{frame.frame_id}-1", f"{frame.frame_id}-3"]


@pytest.mark.parametrize(
    "name", ["{frame}-0", "{frame}-01", "{frame}-²", "{frame}-", "other-89abcdef-0000007-1", "../1"]
)
def test_a_face_of_another_name_or_place_is_refused(tmp_path, name):
    shards, frame = ShardFolder(tmp_path, "digest"), make_frame(7, faces=2)
    faces = (frame.faces[0], replace(frame.faces[1], face_id=name.format(frame=frame.frame_id)))
    shards.write(frame.with_(faces=faces))
    assert shards.read(frame.ref) is None
    with pytest.raises(StoreError, match="is not a shard of this run"):
        list(shards.frames([SOURCE]))


@pytest.mark.parametrize("size_wh", [(0, 48), (64, -48), (1 << 16, 1 << 15)])
def test_a_picture_of_an_impossible_size_is_refused(size_wh):
    shard = {**frame_to_builtins(make_frame(1, faces=0), "digest"), "size_wh": list(size_wh)}
    with pytest.raises(StoreError, match=f"a picture of {size_wh[0]}x{size_wh[1]}"):
        frame_from_builtins(shard, {SOURCE.source_id: SOURCE})


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
