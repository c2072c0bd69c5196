"""Too little of something: a full disk, no inodes, few open files, little memory. One line says so, nothing is lost,
and the same command ends well when there is enough."""

import os
import shutil
import subprocess

import pytest
from crashes import CrashServer, differences, snapshot
from small_run import RUN, facepipe, put_strangers, write_crops

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")]

SIZES = [0, 8, 40, 120, 200, 280, 400, 520]  # KiB; the run below needs some 600
INODES = [2, 4, 12, 30, 50, 70, 90]
HANDLES = [12, 16, 20, 24, 32, 48]
MEMORY = [1 << 30, 1200 << 20, 1536 << 20, 2 << 30]  # of address space; libraries alone take some 900 MiB


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """(server, pictures, what an undisturbed run leaves)."""
    home = write_crops(tmp_path_factory.mktemp("scarce"))
    server = CrashServer()
    done = server.run(*RUN, "--images", home / "first", "--out", home / "out")
    assert done.code == 0, done.said
    yield server, home, snapshot(home / "out")
    server.close()


def small_disk(folder, options: str):
    """A file system of its own, where we may make one."""
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "facepipe-test", str(folder)], check=False).returncode:
        pytest.skip("no right to mount a file system")
    return folder


def check(server, command, out, wanted, after=lambda: None, **limits) -> None:
    short = server.run(*command, **limits)
    assert short.code in (0, 1, 2), short
    assert "Traceback" not in short.said and "unexpected" not in short.said, short.said
    if short.code:
        assert len([line for line in short.said.splitlines() if line.startswith("facepipe: ")]) == 1, short.said
    after()
    again = server.run(*command)
    assert again.code == 0, again.said
    assert not differences(snapshot(out), wanted)


@pytest.mark.parametrize("options", [*(f"size={size or 4}k" for size in SIZES), *(f"nr_inodes={n}" for n in INODES)])
def test_a_disk_that_is_full(world, tmp_path, options):
    server, home, wanted = world
    disk = small_disk(tmp_path / "disk", options)
    out = disk / "out"

    def grow():
        subprocess.run(["mount", "-o", "remount,size=50m,nr_inodes=10000", str(disk)], check=True)

    try:
        check(server, (*RUN, "--images", home / "first", "--out", out), out, wanted, grow)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.parametrize("size", [4, 60, 160, 260])
def test_corrections_on_a_disk_that_is_full(world, tmp_path, size):
    """What was decided is on disk, or the folders still say it."""
    server, home, _ = world
    edited = shutil.copytree(home / "out", tmp_path / "edited" / "out")
    put_strangers(edited)
    (edited / "people/person_001").rename(edited / "people/Anna")
    whole = shutil.copytree(edited, tmp_path / "whole" / "out")
    facepipe("sync", whole)
    wanted = snapshot(whole)
    used = sum(-(-path.stat().st_size // 4096) * 4 for path in edited.rglob("*") if path.is_file())
    disk = small_disk(tmp_path / "disk", "size=50m")
    out = shutil.copytree(edited, disk / "out")
    subprocess.run(["mount", "-o", f"remount,size={used + size}k", str(disk)], check=True)
    try:
        grow = ["mount", "-o", "remount,size=50m", str(disk)]
        check(server, ("sync", out), out, wanted, lambda: subprocess.run(grow, check=True))
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.parametrize("handles", HANDLES)
def test_few_open_files(world, tmp_path, handles):
    server, home, wanted = world
    out = tmp_path / "out"
    check(server, (*RUN, "--images", home / "first", "--out", out), out, wanted, RLIMIT_NOFILE=handles)


@pytest.mark.parametrize("memory", MEMORY)
def test_little_memory(world, tmp_path, memory):
    server, home, wanted = world
    out = tmp_path / "out"
    check(server, (*RUN, "--images", home / "first", "--out", out), out, wanted, RLIMIT_AS=memory)
