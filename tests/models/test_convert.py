"""The cache of converted networks: made once, safe with several processes, never in the way of a run."""

import subprocess
import sys

import pytest

from facepipe import models
from facepipe.errors import ModelError
from facepipe.faces.detectors.cnn import DLIB_CNN, DLIB_CNN_DAT
from facepipe.faces.encoders.dlib_onnx import DLIB_ENCODER_DAT
from facepipe.models import convert
from facepipe.models.hashing import record_path


@pytest.fixture(scope="module")
def sources():
    return [models.find(DLIB_CNN_DAT)]


@pytest.fixture
def counted(monkeypatch):
    """Counts the conversions."""
    calls = []
    real = convert.convert
    monkeypatch.setattr(convert, "convert", lambda *args: calls.append(args) or real(*args))
    return calls


def test_converted_once_and_named_by_source_and_version(tmp_path, sources, counted):
    first, second = (convert.converted(DLIB_CNN, sources, tmp_path / "cache") for _ in range(2))
    assert first == second and len(counted) == 1
    assert first.name == f"dlib_cnn_detector-{DLIB_CNN_DAT.sha256[:16]}-v{DLIB_CNN.version}.onnx"
    assert sorted(path.name for path in first.parent.iterdir()) == [first.name, record_path(first).name]
    assert models.session(first).outputs == {"scores": (1, 1, "h", "w")}


def test_a_damaged_cached_file_is_made_again(tmp_path, sources, counted):
    path = convert.converted(DLIB_CNN, sources, tmp_path)
    good = path.read_bytes()
    path.write_bytes(good[:-1])
    assert convert.converted(DLIB_CNN, sources, tmp_path).read_bytes() == good
    record_path(path).unlink()
    assert convert.converted(DLIB_CNN, sources, tmp_path).read_bytes() == good
    assert len(counted) == 3


def test_several_processes_at_once(tmp_path, sources):
    code = (
        "import sys; from pathlib import Path; from facepipe import models;"
        "from facepipe.models.convert import converted; from facepipe.faces.detectors.cnn import DLIB_CNN;"
        "path = converted(DLIB_CNN, [Path(sys.argv[1])], Path(sys.argv[2]));"
        "models.session(path); print(path)"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(sources[0]), str(tmp_path / "cache")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    results = [(process.communicate(timeout=120), process.returncode) for process in running]
    assert [(errors, code) for (_, errors), code in results] == [("", 0)] * 4
    assert len({output for (output, _), _ in results}) == 1
    assert len(list((tmp_path / "cache").iterdir())) == 2  # no temporary file is left


def test_an_unwritable_cache_does_not_stop_a_run(tmp_path, sources, counted, monkeypatch):
    monkeypatch.setattr(convert, "_temporary", None)
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    with pytest.warns(RuntimeWarning, match=r"dlib-cnn-detector is converted for this time only: cannot write "):
        path = convert.converted(DLIB_CNN, sources, blocked / "cache")
    assert models.session(path).outputs == {"scores": (1, 1, "h", "w")}
    assert convert.converted(DLIB_CNN, sources, blocked / "cache") == path  # and without a second warning
    assert len(counted) == 1 and blocked.read_bytes() == b""


def test_a_source_of_another_kind_is_refused_by_name(tmp_path):
    wrong = models.find(DLIB_ENCODER_DAT)
    with pytest.raises(
        ModelError, match=r"dlib_face_recognition_resnet_model_v1\.dat cannot be converted: not a face det"
    ):
        convert.converted(DLIB_CNN, [wrong], tmp_path)
    assert list(tmp_path.iterdir()) == []
