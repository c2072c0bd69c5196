"""What takes minutes of a season of films before its first frame: it is done beside the work, or shown."""

import threading
from contextlib import contextmanager

import pytest
from clips import write_clip
from pyPiper import Node

from facepipe.console import Console
from facepipe.engine import run_graph
from facepipe.job.prepare import prepare
from facepipe.job.request import Job
from facepipe.media.sources import find_sources
from facepipe.media.stream import FrameStream
from facepipe.nodes.frames_provider import FramesProvider
from facepipe.settings import SamplingSettings, Settings

WAIT_S = 20  # how long a test waits for what must happen


class Look(Node):
    """Tells that it has seen a frame, and goes on when all are counted: before all are sent, of which few may wait."""

    def setup(self, seen, counted):
        self.seen, self.counted = seen, counted

    def run(self, data):
        self.seen.set()
        assert self.counted.wait(WAIT_S)
        self.emit(data)


@pytest.fixture
def stream(tmp_path):
    sources = find_sources([write_clip(tmp_path / f"{frames}.mp4", frames) for frames in (5, 10)], pytest.fail)
    return FrameStream(sources, SamplingSettings(interval=0.16))


def test_frames_do_not_wait_until_all_are_counted(stream, monkeypatch):
    seen, counted, totals, really = threading.Event(), threading.Event(), [], stream.expected

    def expected():
        assert seen.wait(WAIT_S)  # as it would not be if this was asked for first
        return really()

    monkeypatch.setattr(stream, "expected", expected)
    frames = FramesProvider("frames", stream=stream)
    count = frames._count
    monkeypatch.setattr(frames, "_count", lambda: (count(), counted.set()))
    graph = frames | Look("look", seen=seen, counted=counted)
    outcome = run_graph(graph, threads=1, on_progress=lambda done, total: totals.append((done, total)))
    assert outcome.done == 5
    assert totals[-1] == (5, 5)


def test_a_stream_that_ends_while_it_is_counted_has_no_total(stream, monkeypatch):
    """A part of the count would be shown as if it was all there is."""
    count = stream._count

    def last_but_one(source, sampling):
        stream.ended = True
        return count(source, sampling)

    monkeypatch.setattr(stream, "_count", last_but_one)
    assert stream.expected() is None


def test_what_cannot_be_counted_is_no_error_of_its_own(stream, monkeypatch):
    monkeypatch.setattr(stream, "expected", lambda: 1 / 0)
    totals = []
    outcome = run_graph(FramesProvider("frames", stream=stream), on_progress=lambda *state: totals.append(state))
    assert outcome.done == 5 and totals[-1] == (5, None)


def test_reading_the_inputs_is_shown(tmp_path, monkeypatch):
    """Their content is what they are known by, and a season of films takes minutes to read."""
    shown = {}

    class Watched(Console):
        @contextmanager
        def bar(self, what, unit, note=str):
            shown[what] = unit, states = unit, []
            yield lambda done, total: states.append(done)

    monkeypatch.setattr("facepipe.job.prepare._STEP", 1000)
    monkeypatch.setattr("facepipe.files.hashing._BLOCK", 100)
    monkeypatch.setattr("facepipe.files.hashing._PAGE", 100)
    path = write_clip(tmp_path / "clip.mp4", 60)
    prepare(Job(paths=(path,), out=tmp_path / "out", settings=Settings.of(detector="hog")), Watched(quiet=True))
    unit, states = shown["reading inputs"]
    assert unit == "MB" and len(states) == path.stat().st_size // 1000
    states.clear()
    prepare(Job(paths=(path,), out=tmp_path / "out", settings=Settings.of(detector="hog")), Watched(quiet=True))
    assert shown["reading inputs"] == ("MB", [])  # nothing of it is read again
