"""One facepipe at a time in a run folder, whatever it does there."""

import subprocess
import sys

import pytest
from commandline import ROOT, environment, facepipe
from panel_run import panel_run

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


WORK = [("sync",), ("undo",), ("forget", "--person", "person_001"), ("cluster",), ("find", "--list", "--person", "x")]


@pytest.mark.parametrize("command", WORK)
def test_commands_do_not_touch_a_folder_in_which_another_is_at_work(held, command):
    out, _ = held
    refused = facepipe(command[0], out, *command[1:], check=False)
    assert refused.returncode == 2
    assert f"another facepipe is at work in {out}" in refused.stderr


def test_a_killed_process_holds_nothing(held):
    out, other = held
    other.kill()
    other.communicate()
    with locked(out):
        pass


def test_blocks_of_one_process_nest(tmp_path):
    with locked(tmp_path), locked(tmp_path):
        pass
    with pytest.raises(ZeroDivisionError), locked(tmp_path):
        1 / 0  # noqa: B018 (any error)
    with locked(tmp_path):
        pass
