"""Timelines are remembered: all of a file is read for one."""

import threading
from operator import attrgetter

import pytest
from clips import write_clip

from facepipe.media import timeline
from facepipe.media.remembered import Remembered
from facepipe.media.sampling import count_samples, sample
from facepipe.media.sources import find_sources
from facepipe.media.timeline import read_timeline
from facepipe.settings import SamplingSettings


@pytest.fixture
def reads(monkeypatch):
    """The files that are read for a timeline, in that order; nothing is remembered at first."""
    seen, really = [], timeline._read_timeline

    def read(path):
        seen.append(path.name)
        return really(path)

    monkeypatch.setattr(timeline, "_read_timeline", read)
    monkeypatch.setattr(timeline, "_REMEMBERED", Remembered(timeline._ROOM, attrgetter("nbytes")))
    return seen


def test_videos_that_are_counted_first_are_read_once(tmp_path, reads):
    paths = [write_clip(tmp_path / f"{number}.mp4", 10 + number) for number in range(7)]
    sources = find_sources(paths, pytest.fail)
    settings = SamplingSettings(interval=0.1)
    counts = [count_samples(source, settings) for source in sources]
    assert counts == [len(list(sample(source, settings))) for source in sources]
    assert reads == [path.name for path in paths]


def test_a_file_that_changes_is_read_again(tmp_path, reads):
    path = write_clip(tmp_path / "a.mp4", 10)
    assert len(read_timeline(path).frame_packet) == 10
    write_clip(path, 20)
    assert len(read_timeline(path).frame_packet) == 20
    assert reads == ["a.mp4"] * 2


def test_those_that_do_not_fit_any_more_are_forgotten_the_oldest_first(tmp_path, reads, monkeypatch):
    paths = [write_clip(tmp_path / f"{number}.mp4", 10) for number in range(3)]
    room = 2 * read_timeline(paths[0]).nbytes
    assert room > 0
    monkeypatch.setattr(timeline, "_REMEMBERED", Remembered(room, attrgetter("nbytes")))
    reads.clear()
    for number in (0, 1, 2, 1, 2, 0, 2, 0):
        read_timeline(paths[number])
    assert reads == ["0.mp4", "1.mp4", "2.mp4", "0.mp4"]


def test_one_is_remembered_however_long_it_is(tmp_path, reads, monkeypatch):
    monkeypatch.setattr(timeline, "_REMEMBERED", Remembered(0, attrgetter("nbytes")))
    path = write_clip(tmp_path / "a.mp4", 10)
    assert read_timeline(path) is read_timeline(path)
    assert reads == ["a.mp4"]


def test_of_two_threads_that_want_the_same_one_finds_it_out():
    remembered, begun, go_on, found = Remembered(100, len), threading.Event(), threading.Event(), []

    def find():
        begun.set()
        assert go_on.wait(20)
        return "fact"

    def want(how):
        found.append(remembered.get("file", how))

    first = threading.Thread(target=want, args=(find,))
    first.start()
    assert begun.wait(20)
    second = threading.Thread(target=want, args=(lambda: pytest.fail("twice"),))
    second.start()
    go_on.set()
    first.join()
    second.join()
    assert found == ["fact", "fact"]


def test_an_error_is_raised_and_not_remembered():
    remembered = Remembered(100, len)

    def refused():
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        remembered.get("file", refused)
    assert remembered.get("file", lambda: "fact") == "fact"
