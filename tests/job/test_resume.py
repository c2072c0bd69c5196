"""Shards are checkpoints: real kills at any moment, then the same command again."""

import os
import signal
import subprocess
import sys

import pytest
from commandline import ROOT, driver, environment, files, rows, state
from commandline_here import run_here
from waiting import wait_for

from facepipe.runs.segments import Segments

PLOTTED = ("--detector", "hog", "--stop", "14", "--threads", "2", "--no-cloth")
SHORT = (*PLOTTED, "--plots", "none")  # drawing takes longer than all else


@pytest.fixture(scope="module")
def whole(tmp_path_factory, sample_clip):
    """The folder of a run that nobody disturbed, in a process of its own: what is compared has another hash seed."""
    out = tmp_path_factory.mktemp("whole") / "out"
    driver(sample_clip, "--out", out, *SHORT)
    return out


@pytest.fixture(scope="module")
def plotted(tmp_path_factory, sample_clip):
    """Likewise, with plots."""
    out = tmp_path_factory.mktemp("plotted") / "out"
    driver(sample_clip, "--out", out, *PLOTTED)
    return out


def start(sample_clip, out, *options):
    command = [sys.executable, "-m", "facepipe", "run", "--video", sample_clip, "--out", out, *options]
    return subprocess.Popen(list(map(str, command)), cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True)


def shards(out):
    return sorted((out / "shards").glob("[!.]*.pickle")) if (out / "shards").is_dir() else []


@pytest.mark.parametrize("after", [*(pytest.param(n, marks=pytest.mark.slow) for n in (0, 1)), 9])
def test_kill_9_loses_nothing_and_encodes_nothing_twice(tmp_path, sample_clip, whole, after):
    out = tmp_path / "out"
    process = start(sample_clip, out, *SHORT)
    wait_for(lambda: process.poll() is not None or ((out / "run.json").exists() and len(shards(out)) >= after))
    process.kill()
    process.communicate()
    finished = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in shards(out)}
    run_here("run", sample_clip, "--out", out, *SHORT)
    for path, before in finished.items():
        assert (path.stat().st_mtime_ns, path.stat().st_ino) == before, "a finished frame was done again"
    left = {name for name in files(out) if not name.rpartition("/")[2].startswith(".facepipe-tmp-")}
    assert {name: files(out)[name] for name in left} == files(whole)


def without_shards(out):
    return {name: data for name, data in files(out).items() if not name.startswith("shards/")}


def test_kill_9_costs_one_frame_of_a_segment(tmp_path, sample_clip, whole):
    out = tmp_path / "out"
    process = start(sample_clip, out, *SHORT, "--shards", "segment")
    wait_for(lambda: process.poll() is not None or len(Segments(out / "shards").ids()) >= 5)
    process.kill()
    process.communicate()
    finished = {path: path.read_bytes() for path in (out / "shards").iterdir()}
    stored = Segments(out / "shards").ids()
    run_here("run", sample_clip, "--out", out, *SHORT, "--shards", "segment")
    assert all(path.read_bytes() == before for path, before in finished.items()), "a finished frame was done again"
    done = Segments(out / "shards").ids()
    assert {*stored} < {*done} and sorted(done) == [path.stem for path in shards(whole)]
    left = {name: data for name, data in without_shards(out).items() if "/.facepipe-tmp-" not in name}
    assert left == without_shards(whole)


def test_a_run_may_go_on_with_the_other_way_of_storing(tmp_path, sample_clip, whole):
    out = tmp_path / "out"
    run_here("run", sample_clip, "--out", out, *SHORT, "--stop", "6", "--shards", "segment")
    stored = len(Segments(out / "shards").ids())
    run_here("run", sample_clip, "--out", out, *SHORT, "--fresh", "--shards", "segment")
    assert stored < len(Segments(out / "shards").ids()) == len(shards(whole)), "what was there before is gone"
    for path in (out / "shards").iterdir():
        path.write_bytes(path.read_bytes()[:40_000])
    assert 0 < len(Segments(out / "shards").ids()) < len(shards(whole))
    run_here("run", sample_clip, "--out", out, *SHORT, "--shards", "frame")
    assert 0 < len(shards(out)) < len(shards(whole))
    found, wanted = without_shards(out), without_shards(whole)
    for each in (found, wanted):
        del each["files.log"]  # which tells what was there before
    assert found == wanted


def test_kill_9_while_the_dataset_is_written(tmp_path, sample_clip, plotted):
    out = tmp_path / "out"
    process = start(sample_clip, out, *PLOTTED)
    wait_for(lambda: process.poll() is not None or (out / "people").is_dir())
    process.kill()
    process.communicate()
    assert len(shards(out)) == len(shards(plotted))
    run_here("run", sample_clip, "--out", out, *PLOTTED)
    assert {n: d for n, d in files(out).items() if "/.facepipe-tmp-" not in n} == files(plotted)


@pytest.mark.skipif(os.name == "nt", reason="SIGINT cannot be sent to one process on Windows")
def test_ctrl_c_says_how_to_go_on(tmp_path, sample_clip, whole):
    out = tmp_path / "out"
    process = start(sample_clip, out, *SHORT)
    wait_for(lambda: process.poll() is not None or len(shards(out)) >= 2)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    announced, said = errors.splitlines()
    assert announced.startswith("hog finds the faces, ")
    assert said == "interrupted: what is finished is kept; run the same command again to go on"
    assert state(out)["status"] == "interrupted"
    assert 2 <= len(shards(out)) < len(shards(whole))
    run_here("run", sample_clip, "--out", out, *SHORT)
    assert files(out) == files(whole)


@pytest.mark.parametrize("threads", [1, 4])
def test_the_number_of_threads_changes_no_byte(tmp_path, sample_clip, plotted, threads):
    run_here("run", sample_clip, "--out", tmp_path / "out", *PLOTTED, "--threads", threads)
    assert files(tmp_path / "out") == files(plotted)


def test_a_second_run_does_no_work_again(tmp_path, sample_clip, whole):
    before = {path: path.stat().st_mtime_ns for path in shards(whole)}
    run_here("run", sample_clip, "--out", whole, *SHORT)
    assert {path: path.stat().st_mtime_ns for path in shards(whole)} == before


def test_other_settings_stop_and_fresh_starts_over(tmp_path, sample_clip):
    out = tmp_path / "out"
    run_here("run", sample_clip, "--out", out, *SHORT, "--stop", "4")
    (out / "people" / "notes.txt").write_text("mine")
    before = files(out)
    refused = run_here("run", sample_clip, "--out", out, *SHORT, check=False)
    assert refused.returncode == 2
    assert "--stop was 4.0, now 14.0" in refused.stderr
    assert refused.stderr.count("facepipe: ") == 1
    assert files(out) == before
    run_here("run", sample_clip, "--out", out, *SHORT, "--stop", "3", "--fresh")
    assert (out / "people" / "notes.txt").read_text() == "mine"
    assert len(shards(out)) == 3


def test_a_disk_that_fills_is_a_clear_error_and_can_be_resumed(tmp_path, sample_clip, whole):
    resource = pytest.importorskip("resource")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "facepipe", "run", "--video", sample_clip, "--out", out, *SHORT]

    def small_files_only():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    full = subprocess.run(
        list(map(str, command)),
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        preexec_fn=small_files_only,
    )
    assert full.returncode == 2
    assert "cannot write" in full.stderr
    assert "run the same command again" in full.stderr
    assert "Traceback" not in full.stderr
    run_here("run", sample_clip, "--out", out, *SHORT)
    assert files(out) == files(whole)


def test_max_faces_stops_at_the_same_frame_for_any_number_of_threads(tmp_path, sample_clip):
    results = []
    for threads in (1, 4):
        out = tmp_path / str(threads)
        run_here("run", sample_clip, "--out", out, *SHORT, "--max-faces", "5", "--threads", threads)
        results.append(files(out)["faces.csv"])
        assert 5 <= len(rows(out)) <= 9
    assert results[0] == results[1]
    again = ("run", sample_clip, "--out", out, *SHORT, "--max-faces", "5")
    assert "nothing to do" in run_here(*again).stderr
    min((out / "shards").iterdir()).unlink()
    assert "has lost frames: first make them again" in run_here("cluster", out, check=False).stderr
    run_here(*again)
    assert files(out)["faces.csv"] == results[0]


@pytest.mark.parametrize("first, then", [("yunet", "auto"), pytest.param("auto", "yunet", marks=pytest.mark.slow)])
def test_a_run_goes_on_when_its_detector_is_asked_for_as_the_best_one(
    tmp_path, sample_clip, shared_models, monkeypatch, first, then
):
    out = tmp_path / "out"
    monkeypatch.setenv("FACEPIPE_MODELS", str(shared_models))
    same = ("--out", out, "--stop", "4", "--no-cloth", "--annotations", "none", "--plots", "none")
    run_here("run", sample_clip, *same, "--detector", first)
    assert state(out)["detector"] == state(out)["settings"]["detection"]["detector"] == "yunet"
    before = files(out)
    done = run_here("run", sample_clip, *same, "--detector", then)
    assert "nothing to do" in done.stderr
    shards(out)[1].unlink()
    run_here("run", sample_clip, *same, "--detector", then)
    assert files(out) == before


def test_the_detector_that_auto_stood_for_stays_when_a_better_one_is_installed(
    tmp_path, sample_clip, shared_models, monkeypatch
):
    out = tmp_path / "out"
    monkeypatch.setenv("FACEPIPE_MODELS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    same = ("--out", out, "--stop", "2", "--no-cloth", "--annotations", "none", "--plots", "none")
    run_here("run", sample_clip, *same)
    assert state(out)["detector"] == "cnn"
    monkeypatch.setenv("FACEPIPE_MODELS", str(shared_models))
    assert "nothing to do" in run_here("run", sample_clip, *same).stderr
    refused = run_here("run", sample_clip, *same, "--detector", "yunet", check=False)
    assert "--detector was cnn, now yunet" in refused.stderr
