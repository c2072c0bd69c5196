"""In which photos and segments people are; also in a library of 40,000 faces."""

import time
from pathlib import Path

import numpy as np
import pytest
from labelled_tables import table_of

from facepipe.find.appearances import appearances, widened
from facepipe.find.example import people_by_distance
from facepipe.find.originals import placed, put_original
from facepipe.records import Source


def source(name: str, is_video: bool = False) -> Source:
    return Source(f"{name}-00000000", name, Path("/library") / name, "0" * 64, 1, is_video)


def test_segments_go_on_over_short_gaps_only():
    moments = [0, 1, 2, 6, 13, 14]
    table = table_of([("a.mp4", moment) for moment in [*moments, *range(20)]])
    seen = np.arange(len(table)) < len(moments)
    (found,) = appearances(table, [seen], [source("a.mp4", True)], 1.0)
    assert found.segments == ((0.0, 7.0), (13.0, 15.0))


def test_photos_have_no_segments_and_sources_keep_their_order():
    table = table_of([("b.jpg", 0), ("a.jpg", 0), ("a.mp4", 3)])
    sources = [source("a.jpg"), source("none.jpg"), source("b.jpg"), source("a.mp4", True)]
    found = appearances(table, [np.ones(3, bool)], sources, 1.0)
    assert [(f.source.name, f.segments) for f in found] == [("a.jpg", ()), ("b.jpg", ()), ("a.mp4", ((3.0, 4.0),))]


def test_photos_come_in_the_order_in_which_they_were_taken():
    table = table_of([("a.jpg", 0), ("b.jpg", 0), ("c.jpg", 0), ("d.mp4", 1)])
    table = table.with_(taken=("2023-05-06T12:00:00", "", "2023-05-06T09:00:00-07:00", ""))
    sources = [source("d.mp4", True), *map(source, ("a.jpg", "b.jpg", "c.jpg"))]
    found = appearances(table, [np.ones(4, bool)], sources, 1.0)
    assert [f.source.name for f in found] == ["c.jpg", "a.jpg", "d.mp4", "b.jpg"]
    assert found[0].taken == "2023-05-06T09:00:00-07:00"


def test_together_means_in_one_frame():
    table = table_of([("a.mp4", 0), ("a.mp4", 0), ("a.mp4", 5), ("b.jpg", 0)])
    ada, ben = np.array([1, 0, 1, 1], bool), np.array([0, 1, 0, 0], bool)
    (found,) = appearances(table, [ada, ben], [source("a.mp4", True), source("b.jpg")], 1.0)
    assert found.segments == ((0.0, 1.0),)


def test_sparse_samples_bridge_longer_gaps():
    """Where only keyframes were looked at, 10 s apart, a segment is not cut at every one."""
    table = table_of([("a.mp4", moment) for moment in range(0, 100, 10)])
    (found,) = appearances(table, [np.ones(10, bool)], [source("a.mp4", True)], 1.0)
    assert len(found.segments) == 1


def test_looks_that_found_nobody_end_a_segment():
    table = table_of([("a.mp4", moment) for moment in range(0, 100, 10)])
    who, video = [np.ones(10, bool)], [source("a.mp4", True)]
    (found,) = appearances(table, who, video, 1.0, lambda: {"a.mp4": set(range(120))})
    assert found.segments == tuple((float(moment), moment + 1.0) for moment in range(0, 100, 10))


def test_margins_do_not_leave_the_start_and_join_neighbours():
    assert widened([(0.5, 2.0), (4.0, 5.0), (9.0, 10.0)], 1.0) == [(0.0, 6.0), (8.0, 11.0)]


def test_forty_thousand_faces_take_well_under_a_second():
    n = 40_000
    table = table_of([(f"photo{i // 2}.jpg", 0) for i in range(n)])
    table = table.with_(person=tuple(f"person_{i % 500:03d}" for i in range(n)))
    sources = [source(f"photo{i}.jpg") for i in range(n // 2)]
    began = time.process_time()
    found = appearances(table, [np.array([name == "person_007" for name in table.person])], sources, 1.0)
    assert people_by_distance(table, np.zeros(128))[0][1] == 0
    assert len(found) == 80 and time.process_time() - began < 2.0


def test_copies_never_overwrite(tmp_path):
    original, to = tmp_path / "a.txt", tmp_path / "to"
    to.mkdir()
    original.write_text("one")
    assert put_original(original, to) == to / "a.txt"
    assert put_original(original, to) is None
    original.write_text("two")
    assert put_original(original, to) == to / "a_2.txt"
    (to / "a_3.txt").symlink_to(tmp_path / "nowhere")
    original.write_text("three")
    assert put_original(original, to) == to / "a_4.txt"
    assert (to / "a.txt").read_text() == "one" and not (tmp_path / "nowhere").exists()


def test_long_names_fit_and_an_error_leaves_nothing(tmp_path):
    with placed(tmp_path, f"{'ü' * 200}.mp4", Path(__file__)) as (temporary, result):
        temporary.write_text("clip")
    assert result[0].read_text() == "clip" and result[0].stat().st_mtime == Path(__file__).stat().st_mtime

    def fail():
        with placed(tmp_path, "b.mp4", Path(__file__)) as (temporary, _):
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert list(tmp_path.iterdir()) == result
