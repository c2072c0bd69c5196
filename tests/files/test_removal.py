"""Only what is ours is removed, and nothing outside its folder."""

import os
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facepipe.files.atomic import TEMPORARY_PREFIX
from facepipe.files.removal import is_one_file, stays_inside, sweep


@given(st.text(alphabet="./\\:aC ", max_size=12))
def test_a_name_that_stays_inside_does_so_on_every_system(name):
    if stays_inside(name):
        for path in (PureWindowsPath(name), PurePosixPath(name)):
            assert path.parts and not path.is_absolute() and not path.anchor and ".." not in path.parts


@pytest.mark.parametrize("name", ["a", "people/Anna/x.jpg", "people/Zoë Ж/é.jpg", "people/a..b/.hidden", "a b/...c"])
def test_usual_names_stay_inside(name):
    assert stays_inside(name)


@pytest.mark.parametrize("name", ["people/\0.jpg", "a\ud800"])
def test_what_no_file_can_be_called_does_not_stay_inside(name):
    assert not stays_inside(name)


def test_two_names_are_one_file_only_where_the_file_system_says_so(tmp_path):
    (tmp_path / "a").write_text("x")
    (tmp_path / "b").write_text("x")
    assert is_one_file(tmp_path, "a", "./a")
    assert not is_one_file(tmp_path, "a", None)
    assert not is_one_file(tmp_path, "a", "b")
    assert not is_one_file(tmp_path, "a", "gone")
    os.link(tmp_path / "a", tmp_path / "c")  # two files' names, whatever they share
    assert not is_one_file(tmp_path, "a", "c")


def test_what_killed_processes_leave_is_swept_everywhere_and_nothing_else(tmp_path):
    mine = ["notes/.tmp-mine.txt", "people/Anna/x.jpg", ".facepipe.txt", "notes/my.facepipe-tmp-x"]
    left = [f"{TEMPORARY_PREFIX}a.json", f"people/Anna/{TEMPORARY_PREFIX}b.jpg", f"notes/deep/{TEMPORARY_PREFIX}c"]
    for name in mine + left:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / f"{TEMPORARY_PREFIX}folder").mkdir()

    def found():
        return {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}

    sweep(tmp_path, deep=False)
    assert found() == {*mine, *left[1:]}
    sweep(tmp_path)
    assert found() == set(mine)
    assert not (tmp_path / "notes" / "deep").exists()  # nothing else was in it
