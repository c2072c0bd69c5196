"""Files of a person that lie in a run's folder are as they were after every command, or the command says so."""

import os
import shutil

import pytest
from small_run import RUN, STRANGERS, facepipe, put_strangers, strangers, write_crops

from facepipe.files.atomic import TEMPORARY_PREFIX


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """(pictures, OUT) of a run."""
    home = write_crops(tmp_path_factory.mktemp("strangers"))
    facepipe(*RUN, "--images", home / "first", "--out", home / "out")
    return home, home / "out"


@pytest.fixture
def made(first, tmp_path):
    home, out = first
    return home, shutil.copytree(out, tmp_path / "out")


def everything(home, out) -> list[tuple]:
    """Every command that writes, in an order in which each has something to do."""
    pictures = ("--images", home / "first")
    return [
        (*RUN, *pictures, home / "more", "--out", out),
        ("sync", out, "--all"),
        ("cluster", out, "--cluster", "dbscan", "--eps", "0.4", "--plots", "everybody", "--annotations", "voc"),
        ("undo", out),
        ("export", out, "--format", "coco", "--to", out.with_name("export")),
        ("find", out, "--person", "Anna", "--to", out.with_name("found")),
        ("forget", out, "--yes", "--person", "Anna"),
        (*RUN, *pictures, "--out", out, "--fresh"),
    ]


def test_no_command_touches_them(made):
    home, out = made
    put_strangers(out)
    stat = {name: (out / name).stat() for name in STRANGERS}
    (out / "people/person_001").rename(out / "people/Anna")
    facepipe("sync", out)
    face = next((out / "people/person_002").glob("*.jpg"))
    face.rename(out / "people/Anna" / face.name)
    for command in everything(home, out):
        facepipe(*command, code=None if command[0] == "forget" else 0)
        assert strangers(out) == STRANGERS, command[0]
        now = {name: (out / name).stat() for name in STRANGERS}
        assert {n: (s.st_ino, s.st_mtime_ns, s.st_mode) for n, s in now.items()} == {
            n: (s.st_ino, s.st_mtime_ns, s.st_mode) for n, s in stat.items()
        }, command[0]
    assert not list(out.rglob(f"{TEMPORARY_PREFIX}*")) and not list(out.glob(".facepipe*"))


@pytest.mark.parametrize("folder", ["annotations/voc", "plots"])
def test_a_file_that_stands_where_the_run_writes_stops_it(made, folder):
    """It is refused in one line; when the file is moved away, the same command goes on."""
    _, out = made
    command = ("--annotations", "voc", "--plots", "everybody")
    other = shutil.copytree(out, out.with_name("other"))
    facepipe("cluster", other, *command)
    names = [path.relative_to(other) for path in (other / folder).rglob("*") if path.is_file()]
    path = out / min(name for name in names if not (out / name).exists())
    put_strangers(path.parent, {path.name: b"mine"})
    refuses(path, "cluster", out, *command)


def test_the_montage_of_somebody_else_stops_a_name(made):
    _, out = made
    put_strangers(out, {"montage/Anna.jpg": b"mine"})
    (out / "people/person_001").rename(out / "people/Anna")
    refuses(out / "montage/Anna.jpg", "sync", out)


def refuses(path, *command) -> None:
    refused = facepipe(*command, code=2)
    assert f"{path} is not of this run" in refused.stderr and "move it away" in refused.stderr
    assert refused.stderr.count("facepipe: ") == 1
    assert path.read_bytes() == b"mine"
    mine = path.rename(path.with_name("mine.jpg"))
    facepipe(*command)
    assert path.read_bytes() != b"mine" and mine.read_bytes() == b"mine"


def test_a_folder_of_somebody_else_is_left_as_it_is(first, tmp_path):
    home, _ = first
    theirs = tmp_path / "theirs"
    put_strangers(theirs)
    for command in everything(home, theirs):
        refused = facepipe(*command, code=2)
        assert len(refused.stderr.strip().splitlines()) == 1
        assert strangers(theirs) == STRANGERS
        assert sum(len(names) for _, _, names in os.walk(theirs)) == len(STRANGERS)
    assert os.listdir(tmp_path) == ["theirs"]


def test_everything_is_for_its_owner_alone(first, tmp_path):
    home, _ = first
    if os.name == "nt":
        pytest.skip("no modes")
    out = tmp_path / "open" / "out"
    out.mkdir(parents=True, mode=0o755)
    before = os.umask(0)
    try:
        facepipe(*RUN, "--images", home / "first", "--out", out)
        facepipe("export", out, "--format", "yolo", "--to", tmp_path / "export")
        facepipe("find", out, "--person", "person_001", "--to", tmp_path / "found")
    finally:
        os.umask(before)
    for root in (out, tmp_path / "export", tmp_path / "found"):
        for path in root.rglob("*"):
            assert not path.stat().st_mode & 0o077, path
    assert (tmp_path / "export").stat().st_mode & 0o777 == (tmp_path / "found").stat().st_mode & 0o777 == 0o700
