"""The table on disk."""

import csv
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stored_frames import OTHER, Evil, make_frame

from facepipe.errors import StoreError
from facepipe.runs.layout import Layout
from facepipe.runs.table import collate, encodings, read_names, read_table, write_csv, write_npz
from facepipe.space import DLIB
from facepipe.table import columns


def test_a_table_is_collated_written_and_read_back(tmp_path):
    frames = [make_frame(0, 2), make_frame(5, 0), make_frame(9, 1), make_frame(3, 3, OTHER)]
    table = collate(frames, lambda found: [0, 1, 1, 2], min_cloth_visibility=0.5)
    assert table.frame_index.tolist() == [0, 0, 9, 3, 3, 3]
    assert table.shot.tolist() == [0, 0, 1, 2, 2, 2]
    assert table.has_cloth.tolist() == [False, True, False, False, True, True]
    labels, people = np.array([0, 1, 0, -1, 0, 1]), ["a", "b", "a", "", "a", "b"]
    table = table.with_(cluster=labels, person=people, track=np.array([3, -1, 3, -1, 4, 5]))
    write_csv(tmp_path / "faces.csv", table)
    write_npz(tmp_path / "faces.npz", table)
    again = read_table(Layout(tmp_path))
    for column in columns():
        np.testing.assert_array_equal(getattr(again, column.name), getattr(table, column.name), err_msg=column.name)
    assert again.person == tuple(people) and again.cluster.tolist() == labels.tolist()
    assert read_names(tmp_path / "faces.csv") == dict(zip(table.face_id, people, strict=True))
    assert len(encodings(table)) == 6


def test_a_table_that_was_written_before_a_column_was_there_is_read(tmp_path):
    table = collate([make_frame(0, 2)], lambda found: [0], 0.5).with_(eyes=[0.5, 0.25])
    write_csv(tmp_path / "faces.csv", table)
    write_npz(tmp_path / "faces.npz", table)
    assert read_table(Layout(tmp_path)).eyes.tolist() == [0.5, 0.25]
    with np.load(tmp_path / "faces.npz") as stored:
        kept = {name: stored[name] for name in stored.files}
    np.savez(tmp_path / "faces.npz", **{name: kept[name] for name in kept if name != "eyes"})
    assert read_table(Layout(tmp_path)).eyes.tolist() == [0, 0]
    np.savez(tmp_path / "faces.npz", **{name: kept[name] for name in kept if name != "quality"})
    with pytest.raises(StoreError, match="cannot read the table"):
        read_table(Layout(tmp_path))


def test_whole_numbers_that_an_earlier_faces_npz_lacks_come_from_faces_csv(tmp_path):
    table = collate([make_frame(0, 2), make_frame(3, 1)], lambda found: [0, 4], 0.5)
    table = table.with_(track=[7, -1, 7], cluster=[1, 0, 1], person=["a", "", "a, b"])
    write_csv(tmp_path / "faces.csv", table)
    write_npz(tmp_path / "faces.npz", table)
    with np.load(tmp_path / "faces.npz") as stored:
        later = ("frame", "box", "shot", "track", "cluster")
        np.savez(tmp_path / "faces.npz", **{name: stored[name] for name in stored.files if name not in later})
    again = read_table(Layout(tmp_path))
    for column in columns():
        np.testing.assert_array_equal(getattr(again, column.name), getattr(table, column.name), err_msg=column.name)


def test_a_table_from_before_photos_had_a_time_is_read(tmp_path):
    frame = make_frame(0, 2).with_(taken="2023-05-06T12:34:56")
    table = collate([frame], lambda found: [0], 0.5)
    write_csv(tmp_path / "faces.csv", table)
    write_npz(tmp_path / "faces.npz", table)
    assert read_table(Layout(tmp_path)).taken == ("2023-05-06T12:34:56",) * 2
    text = (tmp_path / "faces.csv").read_text().replace("taken,", "", 1).replace("2023-05-06T12:34:56,", "")
    (tmp_path / "faces.csv").write_text(text)
    with np.load(tmp_path / "faces.npz") as stored:
        kept = {name: stored[name] for name in stored.files if name != "taken"}
    np.savez(tmp_path / "faces.npz", **kept)
    assert read_table(Layout(tmp_path)).taken == ("", "")


def test_an_empty_table_is_a_table(tmp_path):
    table = collate([make_frame(0, 0)], lambda found: [0], 0.5)
    write_csv(tmp_path / "faces.csv", table)
    write_npz(tmp_path / "faces.npz", table)
    assert len(read_table(Layout(tmp_path))) == 0


def test_reading_a_table_that_is_not_there_or_foreign(tmp_path):
    with pytest.raises(StoreError, match="no finished run"):
        read_table(Layout(tmp_path))
    assert read_names(tmp_path / "faces.csv") is None
    table = collate([make_frame(0, 2)], lambda found: [0], 0.5)
    write_csv(tmp_path / "faces.csv", table.with_(cluster=[0, 0], person=["a", "b"]))
    np.savez(tmp_path / "faces.npz", face_id=np.array([Evil("x")], dtype=object))
    with pytest.raises(StoreError, match="cannot read the table"):
        read_table(Layout(tmp_path))


def test_faces_that_only_one_file_of_a_killed_run_has_are_left_out(tmp_path):
    frames = [make_frame(0, 3), make_frame(1, 2)]
    table = collate(frames, lambda found: [0, 0], 0.5)
    write_npz(tmp_path / "faces.npz", table.take([0, 1, 3, 4]))
    write_csv(tmp_path / "faces.csv", table.take([0, 2, 3, 4]).with_(person=["Anna", "Ben", "Cleo", "Dan"]))
    read = read_table(Layout(tmp_path))
    assert read.face_id == tuple(table.face_id[row] for row in (0, 3, 4))
    assert read.person == ("Anna", "Cleo", "Dan")
    write_csv(tmp_path / "faces.csv", table.take([2]).with_(person=["Ben"]))
    with pytest.raises(StoreError, match="different faces"):
        read_table(Layout(tmp_path))


def test_embeddings_of_another_space_come_back_in_it_and_in_no_other(tmp_path):
    space = replace(DLIB, name="other", dimensions=3)
    frame = make_frame(0, 2)
    faces = tuple(replace(face, embedding=np.arange(3)) for face in frame.faces)
    table = collate([frame.with_(faces=faces)], lambda found: [0], 0.5, space=space)
    assert table.embedding.shape == (2, 3)
    write_csv(tmp_path / "faces.csv", table)
    write_npz(tmp_path / "faces.npz", table)
    again = read_table(Layout(tmp_path), space)
    assert again.space == space and again.embedding.tolist() == [[0, 1, 2]] * 2
    with pytest.raises(StoreError, match="cannot read the table"):
        read_table(Layout(tmp_path))


def test_forgotten_faces_are_left_out_and_pictures_may_be_stored_smaller():
    frames = [make_frame(0, 3), make_frame(1, 2)]
    gone = {frames[0].faces[1].face_id, frames[1].faces[0].face_id}
    table = collate(frames, lambda found: [0, 0], 0.5, frame_size=(32, 32), forgotten=gone)
    left = [face.face_id for frame in frames for face in frame.faces if face.face_id not in gone]
    assert list(table.face_id) == left
    assert table.stored_wh.tolist() == [[32, 24]] * 3


@pytest.mark.parametrize("person", ["Zoë, the elder", 'Zoë "Z"', "a\nb", "Zoë\u2028Z"])
@pytest.mark.parametrize("row", [0, 700, 999])
def test_names_are_read_whatever_stands_in_them(tmp_path, person, row):
    texts = [["face_id", "source", "frame", "person"]] + [[f"f{n}", f"s{n // 2}", "7", "Ben"] for n in range(1000)]
    texts[1 + row][3] = person
    with (tmp_path / "faces.csv").open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows(texts)
    assert read_names(tmp_path / "faces.csv") == {row[0]: row[3] for row in texts[1:]}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n", ""])
def test_lines_of_names_may_end_in_several_ways(tmp_path, end):
    (tmp_path / "faces.csv").write_text(f"face_id,source,frame,person\nf0,s0,7,Ben{end}", newline="")
    assert read_names(tmp_path / "faces.csv") == {"f0": "Ben"}


def test_rows_of_names_that_are_too_short_are_no_table(tmp_path):
    (tmp_path / "faces.csv").write_text("face_id,source,frame,person\nf0,s0,7,Ben\nf1,Ben\n")
    with pytest.raises(StoreError, match="cannot read the table"):
        read_names(tmp_path / "faces.csv")


NAMES = st.sampled_from(["", "Anna", "Ben", "a, b", 'the "x"', "Зоя", "a'b"])


@given(st.lists(st.tuples(NAMES, st.none() | NAMES), min_size=1, max_size=9), NAMES, st.sampled_from([1, 200, 9999]))
def test_rows_that_are_copied_are_those_that_would_be_written(tmp_path_factory, names, source, block):
    """Whoever is renamed or, None, left out, and whatever is quoted. block: bytes that are read at once."""
    folder = tmp_path_factory.mktemp("tables")
    table = collate([make_frame(0, len(names))], lambda found: [0], 0.5).with_(source=[source] * len(names))
    before, after = (table.with_(person=[pair[k] or "" for pair in names]) for k in (0, 1))
    after = after.take([now is not None for _, now in names])
    write_csv(folder / "before.csv", before)
    renamed = {face for face, (was, now) in zip(table.face_id, names, strict=True) if was != now}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("facepipe.files.lines._BLOCK", block)
        write_csv(folder / "copied.csv", after, folder / "before.csv", renamed)
    write_csv(folder / "anew.csv", after)
    assert (folder / "copied.csv").read_bytes() == (folder / "anew.csv").read_bytes()


def test_rows_of_another_table_are_not_copied(tmp_path):
    table = collate([make_frame(0, 3)], lambda found: [0], 0.5).with_(person=["a", "b", "c"])
    for number, other in enumerate((table.take([1, 0, 2]), table.take([0, 1]))):
        write_csv(tmp_path / "other.csv", other)
        write_csv(tmp_path / f"{number}.csv", table, tmp_path / "other.csv", {table.face_id[0]})
        assert read_names(tmp_path / f"{number}.csv") == dict(zip(table.face_id, "abc", strict=True))
