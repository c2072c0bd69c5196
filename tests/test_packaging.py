"""What is published: the wheel and the source distribution hold what they should, and the wheel works installed."""

import csv
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest
from fresh_environment import ROOT, build, copy_sources, fresh_environment

from facepipe.version import __version__


@pytest.fixture(scope="module")
def sources(tmp_path_factory) -> Path:
    return copy_sources(tmp_path_factory.mktemp("sources") / "facepipe")


@pytest.fixture(scope="module")
def sdist(sources, tmp_path_factory) -> Path:
    return build("sdist", sources, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sources, tmp_path_factory) -> Path:
    return build("wheel", sources, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """An environment with the wheel in it."""
    return fresh_environment(tmp_path_factory.mktemp("installed") / "venv", wheel)


def contents(wheel: Path) -> dict[str, bytes]:
    """The files of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_wheel_holds_the_package_its_data_and_nothing_else(wheel, sources):
    package = {name for name in contents(wheel) if ".dist-info/" not in name}
    assert {"facepipe/py.typed", "facepipe/models/cloth_resnet18.onnx", "facepipe/cli.py"} <= package
    assert package == {f"facepipe/{name}" for name in files_of(sources / "facepipe")}


def test_the_source_distribution_is_the_whole_project(sdist):
    with tarfile.open(sdist) as archive:
        names = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    assert {"facepipe/py.typed", "facepipe/models/cloth_resnet18.onnx", "driver.py", "tests/conftest.py"} <= names
    assert not {name for name in names if "__pycache__" in name or name.startswith("benchmarks/out/")}
    if not (ROOT / ".git").exists():
        pytest.skip("the project's files are compared with those that git has, and this is no checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    there = {name for name in listed.split("\0") if (ROOT / name).is_file()}
    assert {name for name in there if not name.startswith(".")} <= names


def test_the_source_distribution_builds_the_same_wheel(sdist, wheel, tmp_path):
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (sources,) = tmp_path.iterdir()
    assert contents(build("wheel", sources, tmp_path / "wheel")) == contents(wheel)


def test_the_wheel_works_where_it_is_installed(installed, sample_clip, tmp_path):
    where = installed.run("python", "-c", "import facepipe; print(facepipe.__file__)").stdout
    assert Path(where.strip()).is_relative_to(installed.folder)
    assert installed.run("facepipe", "--version").stdout == f"facepipe {__version__}\n"
    listed = installed.run("facepipe", "models", "list").stdout
    assert "cloth-builtin" in listed and "dlib-face-encoder" in listed

    out = tmp_path / "out"
    options = ["--stop", "3", "--detector", "cnn", "--threads", "2"]
    done = installed.run("facepipe", "run", sample_clip, "--out", out, *options)
    with (out / "faces.csv").open(encoding="utf-8", newline="") as handle:
        faces = list(csv.DictReader(handle))
    assert f"3 frames, {len(faces)} faces" in done.stdout
    assert {face["frame"] for face in faces} and (out / "report.html").is_file()
