"""A package that adds one plug-in of each kind to facepipe, installed beside it: all of them work as facepipe's own do.

Its sources are in tests/helpers/outside_plugin; it touches no file of facepipe.
"""

import csv
import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from clips import write_clip
from fresh_environment import ROOT, build, copy_sources, fresh_environment

PACKAGE = ROOT / "tests" / "helpers" / "outside_plugin"
MODEL_SHA256 = "ec4f95f9a419d4e9925a8e2f38b6d2ca056746cae0505ca25bd79d2b4fc1a545"

# The options that choose each plug-in, and what they own.
CHOSEN = [
    *("--detector", "outside-skin", "--skin-side", 40),
    *("--encoder", "outside-mosaic"),
    *("--cloth-model", "outside-colours"),
    *("--cluster", "outside-reach", "--reach", 1.2),
    *("--sampling", "scenes", "--shots", "outside-jump", "--jump", 30),
    *("--annotations", "outside-lines", "--plots", "outside-counts"),
]

# A person: colours of skin, hair and clothing.
ANNA = ((235, 190, 160), (60, 30, 20), (200, 30, 40))
BEN = ((180, 125, 95), (230, 210, 90), (30, 60, 200))
STAGES = ((70, 120, 70), (40, 50, 130), (120, 130, 140))  # the background of each shot


def draw(image: np.ndarray, person: tuple, left: int, top: int) -> None:
    """Somebody with a square face of 80 pixels at (left, top)."""
    skin, hair, cloth = person
    image[top - 20 : top, left : left + 80] = hair
    image[top : top + 80, left : left + 80] = skin
    for x in (left + 24, left + 56):
        cv2.circle(image, (x, top + 30), 4, (30, 30, 30), -1)
    cv2.line(image, (left + 28, top + 60), (left + 52, top + 60), (90, 40, 40), 4)
    image[top + 80 : top + 200, left - 40 : left + 120] = cloth


def drawn_frames() -> list[np.ndarray]:
    """Three shots of ten frames: Anna at the left and Ben at the right of each."""
    frames = []
    for shot, stage in enumerate(STAGES):
        for step in range(10):
            image = np.full((360, 480, 3), stage, np.uint8)
            draw(image, ANNA, 80 + step, 60 + 10 * shot)
            draw(image, BEN, 300 - step, 70 + 10 * shot)
            frames.append(image)
    return frames


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """An environment with the wheels of facepipe and of the package."""
    folder = tmp_path_factory.mktemp("outside")
    package = Path(shutil.copytree(PACKAGE, folder / "package"))
    wheels = build("wheel", copy_sources(folder / "facepipe"), folder), build("wheel", package, folder)
    return fresh_environment(folder / "venv", *wheels)


@pytest.fixture(scope="module")
def out(installed, tmp_path_factory) -> Path:
    """A run of the main job with all of the package's plug-ins."""
    folder = tmp_path_factory.mktemp("run")
    clip = write_clip(folder / "drawn.mp4", drawn_frames())
    installed.run("facepipe", "run", clip, "--out", folder / "out", "--threads", 2, *CHOSEN)
    return folder / "out"


def test_the_main_job_runs_with_all_of_them(out):
    with (out / "faces.csv").open(encoding="utf-8", newline="") as handle:
        faces = list(csv.DictReader(handle))
    assert len(faces) == 12  # the first and the last frame of every shot
    assert {face["shot"] for face in faces} == {"0", "1", "2"}
    sides = {(face["person"], int(face["left"]) < 200) for face in faces}
    assert sides == {("person_001", True), ("person_002", False)}
    assert all(abs(int(face["right"]) - int(face["left"]) - 80) < 8 for face in faces)
    lines = [json.loads(line) for line in (out / "annotations/outside-lines/faces.jsonl").read_text().splitlines()]
    assert [line["face_id"] for line in lines] == [face["face_id"] for face in faces]
    assert cv2.imread(str(out / "plots" / "outside-counts.png")).shape == (48, 48, 3)  # two bars of six faces
    assert "<h3>How many faces everybody has</h3>" in (out / "report.html").read_text(encoding="utf-8")


def test_run_json_has_the_model_and_the_options(out):
    state = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert state["models"]["outside-mosaic"] == MODEL_SHA256
    settings = state["settings"]
    assert (settings["detection"]["detector"], settings["detection"]["skin_side"]) == ("outside-skin", 40)
    assert (settings["clustering"]["cluster"], settings["clustering"]["reach"]) == ("outside-reach", 1.2)
    assert (settings["sampling"]["shots"], settings["sampling"]["jump"]) == ("outside-jump", 30)
    assert settings["encoding"]["encoder"] == "outside-mosaic"
    assert settings["encoding"]["cloth_model"] == "outside-colours"


def test_a_finished_run_is_clustered_again_counted_and_exported(installed, out, tmp_path):
    again = installed.run("facepipe", "cluster", out, "--cluster", "outside-reach", "--reach", 1.2, "--min-csize", 2)
    assert "2 people" in again.stdout
    assert installed.run("facepipe", "outside-count", out).stdout == "person_001\t6\nperson_002\t6\n"
    options = ["--format", "outside-lines", "--to", tmp_path / "lines", "--decimals", 1]
    installed.run("facepipe", "export", out, *options)
    lines = [json.loads(line) for line in (tmp_path / "lines" / "faces.jsonl").read_text().splitlines()]
    assert len(lines) == 12 and all(round(line["time_s"], 1) == line["time_s"] for line in lines)
    assert "who is where and when" in (tmp_path / "lines" / "README.md").read_text(encoding="utf-8")


def test_help_names_them_and_their_options(installed):
    help = installed.run("facepipe", "run", "--help").stdout
    names = ["skin", "mosaic", "colours", "reach", "jump", "lines", "counts"]
    assert all(f"outside-{name}" in help for name in names)
    assert all(option in help for option in ("--skin-side PX", "--reach D", "--jump C"))
    assert "--decimals N" in installed.run("facepipe", "export", "--help").stdout
    assert "Count the faces of everybody in a run." in installed.run("facepipe", "--help").stdout


def test_models_lists_and_verifies_its_model(installed):
    (line,) = [
        line
        for line in installed.run("facepipe", "models", "list").stdout.splitlines()
        if line.startswith("outside-mosaic")
    ]
    assert line.split()[1] == "installed"


# Options that cannot be, and what is said.
REFUSED = {
    "--cluster outside-reach --reech 1": "unknown option --reech: did you mean --reach?",
    "--cluster people --reach 1": "--reach means nothing to --cluster people",
    "--detector outside-skin --skin-side 0": "--skin-side 0: must be at least 1",
    "--detector outside-broken": "'outside-broken' needs a_package_that_is_not_there, which is not installed",
}
TRY_ALL = """
import sys
from facepipe.cli import main

for line in sys.argv[1:]:
    assert main(["run", *line.split()]) == 2
"""


def test_what_cannot_be_is_said_in_one_line_each(installed, out):
    lines = [f"drawn.mp4 --out refused {options}" for options in REFUSED]
    done = installed.run("python", "-c", TRY_ALL, *lines, cwd=out.parent)
    assert not done.stdout and not (out.parent / "refused").exists()
    for line, said in zip(done.stderr.splitlines(), REFUSED.values(), strict=True):
        assert said in line


def test_files_that_facepipe_cannot_read_are_read_by_its_reader(installed, tmp_path):
    np.save(tmp_path / "drawn.npy", np.stack(drawn_frames()))
    (tmp_path / "other.npy").write_bytes(b"\x93NUMPY and nothing else")
    chosen = ["--detector", "outside-skin", "--encoder", "outside-mosaic", "--no-cloth", "--plots", "none"]
    done = installed.run("facepipe", "run", tmp_path, "--out", tmp_path / "out", "--threads", 2, *chosen)
    assert f"{tmp_path / 'other.npy'} is no stack of pictures" in done.stderr
    with (tmp_path / "out" / "faces.csv").open(encoding="utf-8", newline="") as handle:
        faces = list(csv.DictReader(handle))
    assert {face["source"] for face in faces} == {"drawn.npy"} and len(faces) == 60
    assert {float(face["time_s"]) for face in faces} == set(range(30))


CONTRACTS = [
    "tests/cluster/test_contract.py",
    "tests/export/test_formats.py",
    "tests/faces/test_clothing.py",
    "tests/faces/test_detectors_contract.py",
    "tests/faces/test_encoders.py",
    "tests/media/test_shot_finders.py",
]


def test_they_keep_the_contracts(installed):
    """The contract tests run over all registered plug-ins; here those of the package alone are wanted."""
    options = ["-k", "outside", "-v", "-p", "no:cacheprovider"]
    lines = installed.run("python", "-I", "-m", "pytest", *CONTRACTS, *options, cwd=ROOT).stdout.splitlines()
    for path in CONTRACTS:
        assert any(line.startswith(path) and " PASSED" in line for line in lines), f"nothing of {path} was run"
