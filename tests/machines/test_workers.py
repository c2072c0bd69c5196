"""Real worker processes on the loopback interface: the same bytes as threads, whatever happens to a worker."""

import importlib
import shutil
from contextlib import contextmanager, nullcontext

import family
import mortal
import pytest
from clips import write_clip
from commandline import files, rows, state
from commandline_here import run_here
from PIL import Image

from facepipe.console import Console
from facepipe.errors import ClusterError, StorageFull
from facepipe.job.graphs import Graphs
from facepipe.job.main import run
from facepipe.job.request import Job
from facepipe.settings import Settings

pytest.importorskip("distributed", reason="facepipe[cluster] is not installed")

import dask

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
    (folder / "photos").mkdir()
    for number, (person, frame) in enumerate((("Marta", 140), ("Marta", 235), ("Tomas", 260), ("Ruth", 260))):
        Image.fromarray(family.portrait(frame, person)).save(folder / "photos" / f"{number}.png")
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


def test_workers_store_into_segments_of_their_own(tmp_path, client, inputs, whole):
    out = tmp_path / "out"
    run_here("run", inputs, "--out", out, *FLAGS, "--cluster-address", client.scheduler.address, "--shards", "segment")
    assert {path.suffix for path in (out / "shards").iterdir()} == {".segment"}
    assert state(out)["done"] == state(whole)["done"]
    left = {name: data for name, data in files(whole).items() if not name.startswith("shards/")}
    assert {name: data for name, data in files(out).items() if not name.startswith("shards/")} == left


def test_a_video_in_parts_gives_the_same(tmp_path, client, inputs, whole):
    assert run_on(client, inputs, tmp_path / "out") == []
    assert files(tmp_path / "out") == files(whole)


@pytest.mark.parametrize(
    "ends, patience_s",
    [
        ({"-0000050": mortal.kill, "-0000150": mortal.run_short}, 600),
        pytest.param({"-0000050": mortal.hang}, 20, marks=pytest.mark.slow),
    ],
)
def test_workers_that_die_hang_or_run_short_of_memory_are_replaced_and_nothing_is_done_twice(
    tmp_path, client, inputs, whole, ends, patience_s
):
    graph = mortal.graph(ends, 1, tmp_path / "notes")
    assert run_on(client, inputs, tmp_path / "out", graph, patience_s=patience_s) == []
    assert sorted(mortal.ended(tmp_path / "notes")) == sorted(ends)
    stored = mortal.stored(tmp_path / "notes")
    assert len(stored) == len(set(stored)) == state(whole)["counts"]["frames"]
    assert files(tmp_path / "out") == files(whole)


def test_workers_that_take_long_to_begin_again_come_nevertheless(tmp_path, client, inputs, whole):
    graph = mortal.graph({"-0000050": mortal.kill, "-0000150": mortal.kill}, 1, tmp_path / "notes")
    with dask.config.set({"distributed.deploy.lost-worker-timeout": 0}):  # Dask gives up on both at once
        assert run_on(client, inputs, tmp_path / "out", graph) == []
    assert len(mortal.ended(tmp_path / "notes")) == 2
    assert files(tmp_path / "out") == files(whole)


def test_a_file_that_kills_its_workers_is_a_failure_after_three_and_costs_no_other(tmp_path, client, inputs):
    photos, out = inputs / "photos", tmp_path / "out"
    (said,) = run_on(client, photos, out, mortal.graph({"2-": mortal.kill}, 9, tmp_path / "notes"))
    assert said == f"{photos / '2.png'}: 3 workers died while they read it"
    assert mortal.ended(tmp_path / "notes") == ["2-"] * 3
    assert state(out)["failures"] == [{"item": "2.png", "stage": "frames", "error": said}]
    assert {row["source"] for row in rows(out)} == {"0.png", "1.png", "3.png"}
    assert run_on(client, photos, out) == []  # the same command again, now that it kills nobody
    assert {row["source"] for row in rows(out)} == {"0.png", "1.png", "2.png", "3.png"}


def test_a_graph_whose_module_a_worker_lacks_is_said(tmp_path, client, inputs, monkeypatch):
    name = "only_here_and_nowhere_else"
    (tmp_path / f"{name}.py").write_text(
        "from facepipe.job.graphs import frames_graph as made\n\ndef graph(work):\n    return made(work)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ClusterError, match=f" lacks {name}, of which the graph is made: install it there"):
        run_on(client, inputs, tmp_path / "out", importlib.import_module(name).graph)


def test_a_folder_that_vanishes_costs_what_was_in_it_and_no_more(tmp_path, client, inputs):
    folder, out = shutil.copytree(inputs, tmp_path / "in"), tmp_path / "out"

    @contextmanager
    def late():
        shutil.rmtree(folder / "photos")
        yield client

    console = Console(quiet=True)
    run(Job((folder,), out=out, settings=Settings.of(**SHORT)), console, Graphs(), Workers("two workers", late))
    assert len(console.warnings) == 4 and all("photos" in line for line in console.warnings)
    assert {row["source"] for row in rows(out)} == {"panel.mp4"} and len(state(out)["failures"]) == 4


def both(client, folder, *arguments, code=0):
    """The same command on threads and on workers: what they say, and run.json."""
    ways = {"threads": (), "workers": ("--cluster-address", client.scheduler.address)}
    found = []
    for name, way in ways.items():
        out = folder / name
        done = run_here("run", *arguments, *FLAGS, "--out", out, *way, check=False)
        assert done.returncode == code, done.said
        kept = {entry: state(out)[entry] for entry in ("status", "failures", "warnings", "counts", "done")}
        found.append((done.stderr.replace(str(out), "OUT").splitlines()[1:], kept, files(out)))
    return found


def test_damaged_and_unreadable_inputs_are_told_as_threads_tell_them(tmp_path, client, inputs):
    folder = shutil.copytree(inputs / "photos", tmp_path / "in")
    (folder / "1.png").write_bytes(b"no picture at all")
    (folder / "cut.png").write_bytes((folder / "0.png").read_bytes()[:2000])
    clip = write_clip(folder / "numbered.ts", 60, gop=10).read_bytes()
    middle = len(clip) // 2 // 188 * 188
    (folder / "numbered.ts").write_bytes(clip[:middle] + bytes(10 * 188) + clip[middle + 10 * 188 :])
    threads, workers = both(client, tmp_path, folder, "--interval", "0.2")
    assert len(threads[1]["failures"]) == 2 and any("numbered.ts" in line for line in threads[1]["warnings"])
    assert sorted(workers[0]) == sorted(threads[0])
    workers[1]["warnings"].sort()
    threads[1]["warnings"].sort()
    assert workers[1:] == threads[1:]


def test_inputs_of_which_none_can_be_read_end_a_run(tmp_path, client):
    (tmp_path / "in").mkdir()
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / "in" / name).write_bytes(name.encode() * 50)
    threads, workers = both(client, tmp_path, tmp_path / "in", code=2)
    assert "is not a picture" in threads[0][-1] and workers[0][-1] == threads[0][-1]
    assert workers[1]["status"] == threads[1]["status"] == "failed"


def test_faces_are_counted_over_all_sources_by_one_worker(tmp_path, client, inputs):
    threads, workers = both(client, tmp_path, inputs, "--max-faces", "5")
    assert workers[2]["faces.csv"] == threads[2]["faces.csv"] and workers[1]["counts"]["faces"] >= 5


def test_who_was_forgotten_is_not_found_again(tmp_path, client, inputs, whole):
    out = shutil.copytree(whole, tmp_path / "out")
    gone = next(row for row in rows(out) if row["person"])
    run_here("forget", out, "--person", gone["person"], "--yes")
    for path in (out / "shards").glob("panel-*"):
        path.unlink()
    run_here("run", inputs, "--out", out, *FLAGS, "--cluster-address", client.scheduler.address)
    assert gone["face_id"] not in {row["face_id"] for row in rows(out)}


def test_an_error_that_ends_a_run_ends_it_and_it_goes_on_later(tmp_path, client, inputs, whole):
    out = tmp_path / "out"
    with pytest.raises(StorageFull, match="no room"):
        run_on(client, inputs, out, mortal.graph({"-0000150": mortal.fill}, 1, tmp_path / "notes"))
    assert state(out)["status"] == "failed"
    run_on(client, inputs, out)
    assert files(out) == files(whole)


def test_nobody_listens_but_on_the_loopback_interface(client):
    psutil = pytest.importorskip("psutil")
    me = psutil.Process()
    listening = [
        connection.laddr.ip
        for process in (me, *me.children(recursive=True))
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(listening) >= 3 and set(listening) == {"127.0.0.1"}
