"""The lock of a folder: it lies with the folder, ends with its process, and leaves nothing behind."""

import errno
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from facepipe.errors import StoreError
from facepipe.files import lock
from facepipe.files.lock import LOCK, OWNER, acquire, is_free, signature

needs_posix = pytest.mark.skipif(os.name == "nt", reason="files that are open can be removed")


def test_it_names_its_owner_and_leaves_nothing(tmp_path):
    held = acquire(tmp_path)
    written = json.loads((tmp_path / LOCK).read_bytes())
    assert (written["process"], written["machine"]) == (os.getpid(), platform.node())
    with pytest.raises(StoreError, match=rf"another facepipe is at work in .*\(process {os.getpid()} on "):
        acquire(tmp_path)  # even this process: who nests keeps count
    held.release()
    assert os.listdir(tmp_path) == []
    acquire(tmp_path).release()


def test_every_turn_has_its_own_signature(tmp_path):
    signatures = []
    for _ in range(2):
        held = acquire(tmp_path)
        signatures += [signature(tmp_path), signature(tmp_path)]
        held.release()
        signatures.append(signature(tmp_path))
    first, same, nobody, second, *_ = signatures
    assert first == same and nobody == b"" and second not in (first, b"")


@needs_posix
def test_a_file_that_was_let_go_meanwhile_is_not_taken_for_the_lock(tmp_path, monkeypatch):
    """Between opening the file and locking it, its holder lets go and somebody else comes."""
    first, others, real = acquire(tmp_path), [], lock._lock

    def slow(handle):
        if not others:
            others.append(None)
            first.release()
            others[0] = acquire(tmp_path)
        real(handle)

    monkeypatch.setattr(lock, "_lock", slow)
    with pytest.raises(StoreError, match="another facepipe"):
        acquire(tmp_path)
    others[0].release()


@needs_posix
def test_a_rest_of_a_killed_process_is_no_lock(tmp_path):
    code = "import sys, os; from pathlib import Path; from facepipe.files.lock import acquire\n"
    code += "held = acquire(Path(sys.argv[1])); os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=Path(__file__).parents[2], check=False)
    assert os.listdir(tmp_path) == [LOCK] and is_free(tmp_path)
    acquire(tmp_path).release()
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_not_locked(tmp_path):
    tmp_path.chmod(0o500)
    assert acquire(tmp_path) is None


@needs_posix
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_somebody_else_has_called_so_is_left_alone(tmp_path, kind):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    folder = tmp_path / "run"
    folder.mkdir()
    {"link": lambda p: p.symlink_to(victim), "pipe": os.mkfifo, "folder": Path.mkdir}[kind](folder / LOCK)
    with pytest.raises(StoreError):
        acquire(folder)
    assert victim.read_text() == "mine" and os.listdir(folder) == [LOCK]


class TestWithoutLocks:
    """File systems that know no locks: the file of an owner stands for one."""

    @pytest.fixture(autouse=True)
    def no_locks(self, monkeypatch):
        def unsupported(handle):
            raise OSError(errno.ENOTSUP, "no locks here")

        monkeypatch.setattr(lock, "_lock", unsupported)

    def test_the_owner_is_known(self, tmp_path):
        held = acquire(tmp_path)
        assert os.listdir(tmp_path) == [OWNER]
        with pytest.raises(StoreError, match=rf"process {os.getpid()} on .* remove .*{OWNER}"):
            acquire(tmp_path)
        held.release()
        assert os.listdir(tmp_path) == []

    @needs_posix
    def test_an_owner_that_does_not_run_any_more_is_a_rest(self, tmp_path):
        gone = subprocess.Popen([sys.executable, "-c", ""])
        gone.wait()
        (tmp_path / OWNER).write_text(json.dumps({"process": gone.pid, "machine": platform.node()}))
        acquire(tmp_path).release()
        assert os.listdir(tmp_path) == []

    @pytest.mark.parametrize("owner", ['{"process": 1, "machine": "elsewhere"}', "", "[]", '{"process": -1}'])
    def test_an_owner_elsewhere_or_unknown_is_believed(self, tmp_path, owner):
        (tmp_path / OWNER).write_text(owner)
        with pytest.raises(StoreError, match="another facepipe is at work"):
            acquire(tmp_path)
        assert (tmp_path / OWNER).read_text() == owner
