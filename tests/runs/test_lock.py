"""One facepipe at a time in a run folder, whatever it does there."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from commandline import ROOT, environment
from commandline_here import run_here
from panel_run import panel_run
from stored_frames import start

from facepipe.errors import StorageFull, StoreError
from facepipe.files.lock import LOCK
from facepipe.runs.lock import locked

HOLD = """
import sys
from pathlib import Path
from facepipe.runs.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def held(tmp_path_factory, sample_clip):
    """The folder of a run, while another process is at work in it."""
    folder = panel_run(tmp_path_factory, sample_clip)
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert other.stdout.readline() == "held\n"
    yield folder, other
    if other.poll() is None:
        other.communicate("")


WORK = [
    ("sync",),
    ("undo",),
    ("forget", "--yes", "--person", "person_001"),
    ("cluster",),
    ("find", "--list", "--person", "x"),
]


@pytest.mark.parametrize("command", WORK)
def test_commands_do_not_touch_a_folder_in_which_another_is_at_work(held, command):
    out, _ = held
    refused = run_here(command[0], out, *command[1:], check=False)
    assert refused.returncode == 2
    assert f"another facepipe is at work in {out}" in refused.stderr


def test_a_killed_process_holds_nothing(held):
    out, other = held
    other.kill()
    other.communicate()
    with locked(out):
        pass


def test_a_process_with_another_home_is_kept_out_too(held, tmp_path, monkeypatch):
    out, _ = held
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    refused = run_here("sync", out, check=False)
    assert refused.returncode == 2 and "another facepipe is at work" in refused.stderr


def test_blocks_of_one_thread_nest(tmp_path):
    start(tmp_path / "out")
    path = tmp_path / "out"
    with locked(path), locked(path):
        assert LOCK in os.listdir(path)
    with pytest.raises(ZeroDivisionError), locked(path):
        1 / 0  # noqa: B018 (any error)
    with locked(path):
        with ThreadPoolExecutor(1) as other, pytest.raises(StoreError, match="another facepipe"):
            other.submit(hold, path).result()
        assert LOCK in os.listdir(path)
    assert LOCK not in os.listdir(path)


def hold(path):
    with locked(path):
        pass


def test_nothing_is_written_to_a_folder_of_somebody_else(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.txt").write_text("years of work")
    for new in (False, True):
        with locked(tmp_path / "thesis", new=new):
            assert os.listdir(tmp_path / "thesis") == ["thesis.txt"]
    with locked(tmp_path / "nowhere"):
        assert not (tmp_path / "nowhere").exists()


def test_a_folder_that_was_made_for_nothing_goes_again(tmp_path):
    path = tmp_path / "results" / "out"
    with pytest.raises(ZeroDivisionError), locked(path, new=True):
        assert os.listdir(path) == [LOCK]
        1 / 0  # noqa: B018 (any error)
    assert os.listdir(tmp_path) == []
    with locked(path, new=True):
        (path / "run.json").touch()
    assert os.listdir(path) == ["run.json"]
    (tmp_path / "empty").mkdir()
    with locked(tmp_path / "empty", new=True):
        pass
    assert os.listdir(tmp_path / "empty") == []  # somebody else made it: it stays
    with pytest.raises(StorageFull, match="cannot write"), locked(path / "run.json" / "out", new=True):
        pass
