"""facepipe scheduler, worker and run as a person starts them, and what is said when that cannot be."""

import importlib.util
import os
import signal
import subprocess
import sys
from contextlib import suppress

import pytest
from commandline import ROOT, environment, files, rows, state
from commandline_here import run_here
from waiting import wait_for

FLAGS = "--stop 8 --detector hog --encoder dlib --no-cloth --annotations none --plots none".split()

needs_dask = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None, reason="facepipe[cluster] is not installed"
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory, sample_clip):
    """The folder of a run on threads."""
    out = tmp_path_factory.mktemp("whole") / "out"
    run_here("run", sample_clip, "--out", out, *FLAGS)
    return out


def start(*arguments, **env):
    """`facepipe ARGUMENTS`, in a group of its own, as a terminal starts it."""
    return subprocess.Popen(
        [sys.executable, "-m", "facepipe", *map(str, arguments)],
        cwd=ROOT,
        env=environment(**env),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def begun(workers):
    """A scheduler, its address, and so many workers of it, as they call themselves: "1 worker"."""
    scheduler = start("scheduler", "--port", "0")
    address = scheduler.stdout.readline().strip()
    worker = start("worker", address, "--workers", workers.split()[0])
    assert worker.stdout.readline() == f"{workers} of {address}\n"
    return scheduler, address, worker


def interrupt(process):
    """Ctrl-C in its terminal; what it said."""
    os.killpg(process.pid, signal.SIGINT)
    return process.communicate(timeout=60)


@needs_dask
@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one group on Windows")
def test_a_scheduler_a_worker_that_sees_the_files_elsewhere_and_a_run(tmp_path, sample_clip, whole):
    scheduler = start("scheduler", "--port", "0")
    address = scheduler.stdout.readline().strip()
    (tmp_path / "there").symlink_to(tmp_path)  # as if the same folders were mounted under other names
    (tmp_path / "samples").symlink_to(sample_clip.parent)
    maps = [f"--map={tmp_path}={tmp_path / 'there'}", f"--map={sample_clip.parent}={tmp_path / 'samples'}"]
    out = tmp_path / "out"
    run = start("run", sample_clip, "--out", out, *FLAGS, "--cluster-address", address)
    said = [run.stderr.readline() for _ in range(2)]
    worker = start("worker", address, "--workers", "1", *maps)
    assert worker.stdout.readline() == f"1 worker of {address}\n"
    _, errors = run.communicate(timeout=100)
    assert run.returncode == 0, errors
    assert said[0].startswith(f"hog finds the faces, dlib tells them apart, workers of {address}, writing to")
    assert said[1] == f"waiting for workers: facepipe worker {address}\n" and errors == ""
    assert files(out) == files(whole)
    for process in (worker, scheduler):
        assert interrupt(process) == ("", "") and process.returncode == 0


@needs_dask
@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one group on Windows")
def test_a_worker_that_lost_its_scheduler_for_a_moment_comes_back():
    from facepipe.machines import network

    scheduler, address, worker = begun("1 worker")
    with network.workers_of(address, network.Tls()) as client:
        (first,) = client.scheduler_info()["workers"]
        client.retire_workers([first])  # it ends as one does whose connection breaks
        client.wait_for_workers(1)
        assert first not in client.scheduler_info()["workers"]
    for process in (worker, scheduler):
        assert interrupt(process) == ("", "") and process.returncode == 0


@needs_dask
@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one group on Windows")
def test_a_worker_ends_when_its_scheduler_has():
    scheduler, _, worker = begun("2 workers")
    assert interrupt(scheduler) == ("", "")
    assert worker.communicate(timeout=60) == ("", "") and worker.returncode == 0


@needs_dask
@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one group on Windows")
def test_ctrl_c_while_workers_begin_is_one_line(tmp_path, sample_clip):
    process = start("run", sample_clip, "--out", tmp_path / "out", *FLAGS, "--workers", "1")
    process.stderr.readline()  # what is going to be done, and by whom
    _, errors = interrupt(process)
    assert process.returncode == 130
    assert errors == "interrupted: what is finished is kept; run the same command again to go on\n"


def alive(group: int) -> list[int]:
    """The processes of a group that still run."""
    import psutil

    found = []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
    return found


@needs_dask
@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one group on Windows")
def test_ctrl_c_ends_the_workers_too_and_the_run_goes_on_with_threads(tmp_path, sample_clip, whole):
    out = tmp_path / "out"
    process = start("run", sample_clip, "--out", out, *FLAGS, "--workers", "1", TMPDIR=str(tmp_path))
    wait_for(lambda: process.poll() is not None or any((out / "shards").glob("[!.]*")))
    _, errors = interrupt(process)
    assert process.returncode == 130
    assert errors.splitlines()[-1] == "interrupted: what is finished is kept; run the same command again to go on"
    assert state(out)["status"] == "interrupted" and {path.name for path in tmp_path.iterdir()} == {"out"}
    wait_for(lambda: not alive(process.pid), 10)  # Python's own tracker of shared memory ends last
    run_here("run", sample_clip, "--out", out, *FLAGS)
    assert files(out) == files(whole)


@needs_dask
def test_a_graph_of_ones_own_reaches_the_workers(tmp_path, sample_clip):
    """driver.py with another node: its functions and classes are the program's, in no module that workers have."""
    text = (ROOT / "driver.py").read_text(encoding="utf-8")
    node = "class First(Node):\n    def run(self, data):\n        self.emit(data.with_(faces=data.faces[:1]))\n\n\n"
    text = text.replace("def frames_graph(", f"from pyPiper import Node\n\n\n{node}def frames_graph(", 1)
    clothes = '        | ClothEncoder("clothes"'
    text = text.replace(clothes, f'        | First("first")\n{clothes}', 1)
    (tmp_path / "driver.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "driver.py", str(sample_clip), "--out", "out", *FLAGS, "--workers", "1"]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = rows(tmp_path / "out")
    assert len({row["frame"] for row in found}) == len(found) == 8


@needs_dask
@pytest.mark.parametrize(
    "wrong, said",
    [
        (("--workers", "0"), "--workers 0: must be at least 1"),
        (("--workers", "2", "--cluster-address", "tcp://h:1"), "--workers are this machine's"),
        (("--cluster-address", "somewhere"), "somewhere is no scheduler's address: must be like tcp://10.0.0.1:8786"),
        (
            ("--cluster-address", "tls://h:1"),
            "tls://h:1: --tls-ca, --tls-cert and --tls-key go with an address that begins with",
        ),
        (("--tls-ca", "ca.pem"), "--tls-ca, --tls-cert and --tls-key mean nothing without --cluster-address"),
        (("--cluster-address", "tcp://h:1", "--tls-ca", "ca.pem"), "--tls-ca, --tls-cert and --tls-key go together"),
    ],
)
def test_options_that_cannot_be(tmp_path, sample_clip, wrong, said):
    done = run_here("run", sample_clip, "--out", tmp_path / "out", *wrong, check=False)
    assert done.returncode == 2 and done.stderr.startswith(f"facepipe: {said}")
    assert not (tmp_path / "out").exists()


@needs_dask
def test_a_scheduler_that_does_not_answer(tmp_path, sample_clip, monkeypatch):
    from facepipe.machines import network

    monkeypatch.setattr(network, "_SECONDS", 0.2)
    done = run_here(
        "run", sample_clip, "--out", tmp_path / "out", *FLAGS, "--cluster-address", "tcp://127.0.0.1:1", check=False
    )
    assert done.returncode == 2
    assert "facepipe: no scheduler answers at tcp://127.0.0.1:1 (" in done.stderr
    assert done.stderr.endswith("): start one with facepipe scheduler\n")
    done = run_here("worker", "tcp://127.0.0.1:1", check=False)
    assert done.returncode == 2 and "no scheduler answers" in done.stderr


@needs_dask
@pytest.mark.slow
def test_a_scheduler_that_is_lost_while_workers_are_waited_for(tmp_path, sample_clip):
    scheduler = start("scheduler", "--port", "0")
    address = scheduler.stdout.readline().strip()
    process = start("run", sample_clip, "--out", tmp_path / "out", *FLAGS, "--cluster-address", address)
    while "waiting for workers" not in process.stderr.readline():
        assert process.poll() is None
    scheduler.kill()
    scheduler.communicate()
    _, errors = process.communicate(timeout=60)
    said = "facepipe: the scheduler is lost: start it and its workers, then run the same command again\n"
    assert (process.returncode, errors) == (2, said)


@needs_dask
@pytest.mark.parametrize(
    "wrong, said",
    [
        (("--port", "65536"), "--port 65536: must be from 0, any free one, to 65535"),
        (("--port", "-1"), "--port -1: must be from 0"),
        (("--host", "::1"), "--host ::1: must be a name or an IPv4 address"),
    ],
)
def test_where_a_scheduler_cannot_listen(wrong, said):
    done = run_here("scheduler", *wrong, check=False)
    assert (done.returncode, done.stdout) == (2, "") and done.stderr.startswith(f"facepipe: {said}")


@pytest.mark.parametrize("command", [("run", "--workers", "2"), ("scheduler",), ("worker", "tcp://127.0.0.1:1")])
def test_without_dask_the_package_is_named(tmp_path, sample_clip, monkeypatch, command):
    for name in ("machines.network", "machines.engine", "commands.scheduler", "commands.worker"):
        monkeypatch.delitem(sys.modules, f"facepipe.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "distributed", None)
    inputs = (sample_clip, "--out", tmp_path / "out") if command[0] == "run" else ()
    done = run_here(*command, *inputs, check=False)
    assert done.returncode == 2
    assert "needs distributed, which is not installed: pip install 'facepipe[cluster]'" in done.stderr
