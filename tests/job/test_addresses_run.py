"""A run on what lies at addresses: the same faces as from the same files here."""

import re
import sys

import pytest
import small_run
from commandline import state
from commandline_here import run_here
from remote_files import SECRET, emptied

import facepipe
from facepipe.files.address import Address
from facepipe.job.request import Job
from facepipe.runs.opening import load_run


@pytest.fixture
def crops(tmp_path, monkeypatch):
    """Pictures in a folder here, and the same at broken://crops, which wants a password."""
    monkeypatch.setattr("facepipe.job.prepare.cache_folder", lambda: tmp_path / "cache")
    here, files = small_run.write_crops(tmp_path / "crops"), emptied("broken")
    for path in here.rglob("*.png"):
        files.pipe_file(f"/crops/{path.relative_to(here).as_posix()}", path.read_bytes())
    return here


def everything(folder) -> bytes:
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_faces_are_those_of_the_same_files_here_and_inputs_say_whence(crops, tmp_path):
    there = f"broken://me:{SECRET}@crops/"
    small_run.facepipe(*small_run.RUN, "--images", crops, "--out", tmp_path / "here")
    done = small_run.facepipe(*small_run.RUN, "--images", there, "--out", tmp_path / "there")
    assert (tmp_path / "here/faces.csv").read_bytes() == (tmp_path / "there/faces.csv").read_bytes()
    addresses = {entry["name"]: entry["address"] for entry in state(tmp_path / "there")["inputs"]}
    assert addresses["first/Marta_0.png"] == "broken://crops/first/Marta_0.png"
    assert {entry["address"] for entry in state(tmp_path / "here")["inputs"]} == {""}
    assert SECRET not in done.stdout + done.stderr
    assert SECRET.encode() not in everything(tmp_path / "there") + everything(tmp_path / "cache")
    again = small_run.facepipe(*small_run.RUN, "--images", there, "--out", tmp_path / "there")
    assert "is finished and its inputs are unchanged: nothing to do" in again.stderr
    moved = small_run.facepipe(*small_run.RUN, "--images", crops, "--out", tmp_path / "there")
    assert "nothing to do" in moved.stderr
    assert {entry["address"] for entry in state(tmp_path / "there")["inputs"]} == {""}


def test_from_python_with_one_file_and_what_cannot_be_fetched_left_out(crops, tmp_path):
    files = emptied("broken")
    files.pipe_file("/crops/Marta.png", (crops / "first/Marta_0.png").read_bytes())
    files.pipe_file("/crops/denied.png", b"x")
    told, options = [], {"cropped": True, "encoder": "dlib", "cloth": False, "plots": (), "annotations": ()}
    run = facepipe.run(images=["broken://crops"], out=tmp_path / "out", warn=told.append, **options)
    assert len(run.faces) == 1 and any("broken://crops/denied.png" in line for line in told)
    assert any("broken://crops/denied.png" in line for line in run.warnings)
    with pytest.raises(facepipe.InputError, match=r"^cannot fetch broken://crops/denied.png: "):
        facepipe.run(images=["broken://crops/denied.png"], out=tmp_path / "none", **options)
    assert not (tmp_path / "none").exists()


def test_an_older_run_says_nothing_of_addresses(crops, tmp_path):
    small_run.facepipe(*small_run.RUN, "--images", crops, "--out", tmp_path / "out")
    listed = tmp_path / "out/run.json"
    listed.write_text(listed.read_text().replace(', "address": ""', ""))
    assert "address" not in listed.read_text()
    assert {entry.address for entry in load_run(tmp_path / "out").state.inputs} == {""}


def test_without_an_address_nothing_of_fsspec_is_needed(crops, tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "fsspec"] + ["fsspec", "fsspec.core"]:
        monkeypatch.setitem(sys.modules, name, None)
    small_run.facepipe(*small_run.RUN, "--images", crops, "--out", tmp_path / "out")
    run_here("export", tmp_path / "out", "--format", "csv", "--to", tmp_path / "set")
    done = small_run.facepipe("run", "s3://b/x", "--out", tmp_path / "other", code=2)
    assert "pip install 'facepipe[remote]'" in done.stderr


def test_sidecars_are_not_put_where_nobody_looks(crops, tmp_path):
    small_run.facepipe(*small_run.RUN, "--images", "broken://crops", "--out", tmp_path / "out")
    (tmp_path / "out/people/person_001").rename(tmp_path / "out/people/Marta")
    done = run_here("sidecars", tmp_path / "out")
    assert re.search(r"broken://crops/\S+\.png lies elsewhere: name a folder for its sidecar with --to", done.stderr)
    assert list((tmp_path / "cache").rglob("*.xmp")) == []
    run_here("sidecars", tmp_path / "out", "--to", tmp_path / "xmp")
    assert list((tmp_path / "xmp").rglob("*.xmp"))
    forgot = run_here("forget", tmp_path / "out", "--person", "Marta", "--yes")
    kept, there = r"still shown in the original \S+/cache/inputs/\S+\.png", r"fetched from broken://crops/\S+\.png"
    assert re.search(f"{kept}, {there}, where it is shown too", forgot.stderr)


@pytest.mark.parametrize(
    "url, folder",
    [
        ("s3://b/trip.2022", "trip.2022_dataset"),
        ("s3://b/trip/", "trip_dataset"),
        ("s3://b/a.b.mp4", "a.b_dataset"),
        ("s3://me:pw@b", "b_dataset"),
    ],
)
def test_the_result_is_called_like_the_address(url, folder):
    assert str(Job(paths=(Address(url),)).folder) == folder


@pytest.mark.parametrize(
    "words, said",
    [
        (("run", "memory://none", "--out", "OUT"), "no such file or folder: memory://none"),
        (("run", "nosuch://me:pw@b/x", "--out", "OUT"), "nosuch://b/x cannot be reached: Protocol not known: nosuch"),
        (("run", "clip.mp4", "--out", "s3://b/x"), "s3://b/x: a run's folder needs a file system, with locks, renames"),
        (("find", "OUT", "--person", "A", "--to", "s3://b/x"), "s3://b/x: a path of this machine is needed here"),
        (("sync", "s3://b/x"), "s3://b/x: a run's folder needs a file system"),
    ],
)
def test_what_cannot_be_is_one_line(tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    done = run_here(*words, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"facepipe: {said}") and done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_not_even_verbose_tells_the_password(crops, tmp_path):
    emptied("broken").pipe_file("/crops/denied.png", b"x")
    there = f"broken://me:{SECRET}@crops/denied.png"
    done = run_here("run", there, "--out", tmp_path / "out", "--verbose", check=False)
    assert done.returncode == 2 and "Traceback" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("facepipe: cannot fetch broken://crops/denied.png: no entry to")
    assert SECRET not in done.said
