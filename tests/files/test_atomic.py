"""Files that are whole or absent."""

import os
from pathlib import Path

import pytest

from facepipe.errors import StorageFull
from facepipe.files.atomic import atomic_open, write_text


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path):
    target = tmp_path / "a.txt"
    write_text(target, "old")
    with pytest.raises(RuntimeError), atomic_open(target) as handle:
        handle.write("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_full_disk_is_a_clear_error():
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    with pytest.raises(StorageFull, match=r"cannot write /dev/full/x.txt"):
        write_text(Path("/dev/full/x.txt"), "x")
