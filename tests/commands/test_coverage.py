"""What there is of somebody in a run, and what is missing."""

import shutil

import numpy as np
import pytest
from commandline_here import run_here
from dataset_world import Spot
from made_run import made_run

from facepipe.runs.layout import TABLE_CSV, TABLE_NPZ
from facepipe.runs.opening import load_run

BOX = (100, 20, 240, 160)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Four faces of ana, one that is turned to the left, and two of ben of which the detector told nothing."""
    spots = [Spot("show.mp4", k, BOX, "ana") for k in range(4)]
    spots += [Spot("show.mp4", 10 + k, (10, 10, 40, 40), "ben") for k in range(2)]
    folder = made_run(tmp_path_factory.mktemp("run") / "out", spots)
    pose = np.array([[0, 0], [5, 0], [-3, 0], [-60, 0], [np.nan, np.nan], [np.nan, np.nan]])
    folder.write_tables(folder.table().with_(pose=pose, light=[20, 20, 30, 90, 90, np.nan]), [TABLE_CSV, TABLE_NPZ])
    return folder.path


@pytest.fixture
def out(made, tmp_path):
    return shutil.copytree(made, tmp_path / "out")


def test_one_person_what_is_there_and_what_is_missing(out):
    lines = run_here("coverage", out, "--person", "ana").stdout.splitlines()
    assert lines[0].startswith("ana: 4 faces, ")
    assert "left profile 1, half left 0, front 3, half right 0, right profile 0" in lines[1]
    assert "light     dark 3, dim 0, usual 1, bright 0" in lines and "outfits   none seen" in lines
    assert lines[-1] == "only      one file"
    missing = lines[-2].removeprefix("missing").strip().split(", ")
    assert {"left profile", "half left", "right profile"} <= {*missing} and "front" not in missing
    assert {"dim light", "usual light"} <= {*missing} and "dark light" not in missing
    assert "large faces" not in missing


def test_where_the_detector_tells_nothing_no_pose_is_missed(out):
    said = run_here("coverage", out, "--person", "ben").stdout
    assert "note: the detector does not tell how faces are turned" in said
    (missing,) = (line for line in said.splitlines() if line.startswith("missing"))
    assert "profile" not in missing and "large faces" in missing


def test_everybody_with_most_faces_first(out):
    rows = run_here("coverage", out).stdout.splitlines()
    assert rows[0].startswith("| person") and [row.split("|")[1].strip() for row in rows[2:]] == ["ana", "ben"]
    assert [cell.strip() for cell in rows[2].split("|")[2:8]] == ["4", "1", "0", "3", "0", "0"]


def test_find_lists_what_shows_somebody_so(out):
    name = load_run(out).table().source[0]
    turned = run_here("find", out, "--person", "ana", "--yaw", "-90..-45", "--list").stdout
    assert name in turned and turned.count("-") >= 1
    assert run_here("find", out, "--person", "ana", "--yaw", "45..90", "--list").stdout == ""
    assert name in run_here("find", out, "--person", "ana", "--light", "0..25", "--list").stdout
    assert run_here("find", out, "--person", "ana", "--light", "100..200", "--list").stdout == ""
    refused = run_here("find", out, "--person", "ana", "--framing", "wide", "--list", check=False)
    assert refused.returncode == 2 and "--framing wide: choose of close-up" in refused.stderr
