"""What the main job is asked to do."""

from pathlib import Path

import pytest
from commandline import state
from commandline_here import run_here

from facepipe.errors import UsageError
from facepipe.job.request import Job
from facepipe.settings import Settings


@pytest.mark.parametrize(
    "name, folder",
    [
        ("trip.2022", "trip.2022_dataset"),
        ("trip.2023", "trip.2023_dataset"),
        ("trip", "trip_dataset"),
        (".", None),
        ("trip/..", None),
    ],
)
def test_a_folder_gives_the_result_its_whole_name(tmp_path, monkeypatch, name, folder):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trip").mkdir()
    (tmp_path / name).mkdir(exist_ok=True)
    assert Job(paths=(Path(name),)).folder == Path(folder or f"{tmp_path.name}_dataset")


@pytest.mark.parametrize("name, folder", [("a.b.mp4", "a.b_dataset"), ("clip", "clip_dataset")])
def test_a_file_gives_the_result_its_name_without_the_suffix(tmp_path, name, folder):
    assert Job(videos=(tmp_path / name,)).folder == Path(folder)
    assert Job(videos=(tmp_path / name,), out=Path("x")).folder == Path("x")


def test_two_folders_of_one_beginning_are_two_runs(tmp_path, sample_clip, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for year in ("2022", "2023"):
        (tmp_path / f"trip.{year}").mkdir()
        (tmp_path / f"trip.{year}" / "clip.mp4").symlink_to(sample_clip)
        quick = ("--detector", "hog", "--stop", "1", "--no-cloth", "--annotations", "none", "--plots", "none")
        run_here("run", f"trip.{year}", *quick)
    for year in ("2022", "2023"):
        (entry,) = state(tmp_path / f"trip.{year}_dataset")["inputs"]
        assert entry["name"] == "clip.mp4"


def test_every_path_comes_with_the_kinds_that_count_in_it():
    job = Job(paths=(Path("a"),), videos=(Path("b"),), images=(Path("c"), Path("d")))
    assert job.inputs == [
        (Path("a"), ("video", "photo")),
        (Path("b"), ("video",)),
        (Path("c"), ("photo",)),
        (Path("d"), ("photo",)),
    ]
    assert Job(images=(Path("c"),), with_videos=True).inputs == [(Path("c"), ("video", "photo"))]


@pytest.mark.parametrize(
    "asked, words",
    [
        ({}, "nothing to look at"),
        ({"videos": (Path("a"),), "threads": 0}, "--threads 0: must be at least 1"),
        ({"videos": (Path("a"),), "threads": 10**20}, "--threads 10{20}: must be at most 1024"),
        ({"videos": (Path("a"),), "threads": "2"}, "--threads '2': must be a whole number"),
        ({"videos": (Path("a"),), "settings": Settings.of(cropped=True)}, "--cropped is for images"),
    ],
)
def test_what_cannot_be_done_is_said(asked, words):
    with pytest.raises(UsageError, match=words):
        Job(**asked)
