"""Real worker processes on the loopback interface: the same bytes as threads, whatever happens to a worker."""

import shutil
from contextlib import nullcontext

import family
import mortal
import pytest
from commandline import files, rows, state
from commandline_here import run_here
from PIL import Image

from facepipe.console import Console
from facepipe.job.graphs import Graphs
from facepipe.job.main import run
from facepipe.job.request import Job
from facepipe.settings import Settings

pytest.importorskip("distributed", reason="facepipe[cluster] is not installed")

from facepipe.machines import network
from facepipe.machines.engine import Workers

SHORT = {"stop": 12.0, "detector": "hog", "encoder": "dlib", "cloth": False, "annotations": (), "plots": ()}
FLAGS = "--stop 12 --detector hog --encoder dlib --no-cloth --annotations none --plots none".split()


@pytest.fixture(scope="module")
def client():
    """Two workers, for all tests."""
    with network.workers_here(2) as client:
        yield client


@pytest.fixture(scope="module")
def inputs(tmp_path_factory, sample_clip):
    """A clip and four photos."""
    folder = tmp_path_factory.mktemp("inputs")
    shutil.copyfile(sample_clip, folder / "panel.mp4")
    for number, (person, frame) in enumerate((("Marta", 140), ("Marta", 235), ("Tomas", 260), ("Ruth", 260))):
        Image.fromarray(family.portrait(frame, person)).save(folder / f"photo_{number}.png")
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory, inputs):
    """The folder of a run on threads."""
    out = tmp_path_factory.mktemp("whole") / "out"
    run(Job((inputs,), out=out, settings=Settings.of(**SHORT), threads=2), Console(quiet=True))
    return out


def run_on(client, inputs, out, graph=None, **limits):
    engine = Workers("two workers", lambda: nullcontext(client), {"samples": 4, **limits})
    graphs = Graphs(frames=graph) if graph else Graphs()
    console = Console(quiet=True)
    run(Job((inputs,), out=out, settings=Settings.of(**SHORT)), console, graphs, engine)
    return console.warnings


def test_workers_write_the_bytes_that_threads_write(tmp_path, client, inputs, whole):
    out = tmp_path / "out"
    done = run_here("run", inputs, "--out", out, *FLAGS, "--cluster-address", client.scheduler.address)
    assert f"workers of {client.scheduler.address}, writing to {out}" in done.stderr
    assert files(out) == files(whole)
    mine, theirs = state(out), state(whole)
    for name in ("counts", "done", "failures", "warnings", "models", "status", "settings"):
        assert mine[name] == theirs[name], name
    assert {"encoding", "faces", "store"} <= set(mine["seconds"])
    again = run_here("run", inputs, "--out", out, *FLAGS, "--cluster-address", client.scheduler.address)
    assert "nothing to do" in again.stderr


def test_a_video_in_parts_gives_the_same(tmp_path, client, inputs, whole):
    assert run_on(client, inputs, tmp_path / "out") == []
    assert files(tmp_path / "out") == files(whole)


@pytest.mark.parametrize("act, patience_s", [(mortal.kill, 600), (mortal.run_short, 600), (mortal.hang, 2)])
def test_a_worker_that_ends_in_the_middle_is_replaced_and_nothing_is_done_twice(
    tmp_path, client, inputs, whole, act, patience_s
):
    graph = mortal.graph("-0000150", act, 1, tmp_path / "notes")
    assert run_on(client, inputs, tmp_path / "out", graph, patience_s=patience_s) == []
    assert len(list((tmp_path / "notes").iterdir())) == 1
    assert files(tmp_path / "out") == files(whole)


def test_a_file_that_kills_its_workers_is_a_failure_after_three_and_costs_no_other(tmp_path, client, inputs, whole):
    out = tmp_path / "out"
    graph = mortal.graph("photo_2", mortal.kill, 9, tmp_path / "notes")
    (said,) = run_on(client, inputs, out, graph)
    assert said == f"{inputs / 'photo_2.png'}: 3 workers died while they read it"
    assert len(list((tmp_path / "notes").iterdir())) == 3
    (failure,) = state(out)["failures"]
    assert failure == {"item": "photo_2.png", "stage": "frames", "error": said}
    assert [row for row in rows(out) if row["source"] == "photo_2.png"] == []
    assert {p.name for p in (whole / "shards").iterdir()} - {p.name for p in (out / "shards").iterdir()} == {
        p.name for p in (whole / "shards").glob("photo_2-*")
    }
    run_on(client, inputs, out)
    assert files(out) == files(whole)
