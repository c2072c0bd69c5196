"""Files that are whole or absent."""

import os
import stat
from pathlib import Path

import pytest

from facepipe.errors import StorageFull
from facepipe.files.atomic import TEMPORARY_PREFIX, append_bytes, atomic_open, atomic_path, write_text


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


@pytest.mark.skipif(os.name == "nt", reason="no modes")
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o277])
def test_files_and_new_folders_are_their_owners_alone(tmp_path, umask):
    before = os.umask(umask)
    try:
        write_text(tmp_path / "a" / "b" / "x.txt", "mine")
        write_text(tmp_path / "model.onnx", "everybody's", private=False)
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    assert modes == {"a": 0o700, "b": 0o700, "x.txt": 0o600, "model.onnx": 0o644}


def test_a_durable_file_is_flushed_before_it_takes_its_place(tmp_path, monkeypatch):
    done = []
    flush, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (done.append("flush"), flush(handle)))
    monkeypatch.setattr(os, "replace", lambda *names: (done.append("replace"), replace(*names)))
    write_text(tmp_path / "x.txt", "x")
    assert done == ["replace"]
    write_text(tmp_path / "x.txt", "y", durable=True)
    assert done[1:] == ["flush", "replace"] + ["flush"] * (os.name != "nt")
    assert (tmp_path / "x.txt").read_text() == "y"


def test_temporary_files_are_called_as_nobody_else_calls_his(tmp_path):
    with atomic_path(tmp_path / "x.jpg") as temporary:
        assert temporary.name.startswith(TEMPORARY_PREFIX) and "facepipe" in TEMPORARY_PREFIX
        assert temporary.suffix == ".jpg"
        temporary.write_text("x")
    assert os.listdir(tmp_path) == ["x.jpg"]


def test_bytes_are_added_at_the_end_all_or_none(tmp_path, monkeypatch):
    path, write = tmp_path / "log", os.write
    append_bytes(path, b"one\n")
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:2]))  # in small pieces
    append_bytes(path, b"two\n")
    assert path.read_bytes() == b"one\ntwo\n"

    def full(handle, data):
        if len(data) < 5:
            raise OSError(28, "No space left on device")
        return write(handle, data[:2])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StorageFull, match="No space left"):
        append_bytes(path, b"three\n")
    assert path.read_bytes() == b"one\ntwo\n"
