"""A model that is made from two files: pulled, found in a folder, converted once; here a tiny one in OpenVINO's IR."""

import hashlib
import re
from dataclasses import replace

import numpy as np
import pytest
from ir_files import Ir
from model_server import Server

from facepipe import models
from facepipe.errors import ModelError, UsageError
from facepipe.models import locate
from facepipe.models.manifest import MANIFEST, get
from facepipe.models.pull import pull

NAMES = ("retail-0095-xml", "retail-0095-bin")


@pytest.fixture
def pair():
    """{name: content} of the graph and the weights, under the official file names; they add 7."""
    ir = Ir()
    ir.result(ir.layer("Add", ir.picture, ir.const(np.full((1, 4, 1, 1), 7)), shape=(1, 4, 6, 5)))
    return {get(name).file: data for name, data in zip(NAMES, (ir.xml, ir.weights), strict=True)}


@pytest.fixture
def server(pair, tmp_path, monkeypatch):
    """Serves the pair, which stands in the manifest for the official files; no model is anywhere else."""
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", locate.FOLDER_VARIABLE):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(locate.platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    server = Server(pair)
    for name, (file, data) in zip(NAMES, pair.items(), strict=True):
        sha256 = hashlib.sha256(data).hexdigest()
        served = replace(get(name), size=len(data), sha256=sha256, url=server.url("ok", file))
        monkeypatch.setitem(MANIFEST, name, served)
    yield server
    server.close()


def outcome(path):
    return models.session(path).run(np.zeros((2, 4, 6, 5), np.float32))[0]


def put(folder, pair):
    folder.mkdir(parents=True, exist_ok=True)
    for file, data in pair.items():
        (folder / file).write_bytes(data)
    return folder


def test_both_files_are_pulled_and_converted(server, pair, tmp_path):
    steps = []
    path = pull("retail-0095", progress=lambda done, total: steps.append((done, total)))
    assert path.parent == tmp_path / "cache" / "converted" and path.suffix == ".onnx"
    assert {file.name: file.read_bytes() for file in (tmp_path / "cache" / "models").iterdir()} == pair
    assert {total for _, total in steps} == {len(data) for data in pair.values()}
    assert (outcome(path) == 7).all()
    assert models.find("retail-0095") == path and models.is_installed("retail-0095")
    before = path.stat().st_mtime_ns, len(server.ranges)
    assert pull("retail-0095") == path and (path.stat().st_mtime_ns, len(server.ranges)) == before


def test_a_pull_that_broke_off_goes_on(server, pair, tmp_path, monkeypatch):
    xml = get(NAMES[0])
    monkeypatch.setitem(MANIFEST, xml.name, replace(xml, url=server.url("cut", xml.file)))
    with pytest.raises(ModelError, match=r"broke off after .* save it as .*retail-0095\.xml") as caught:
        pull("retail-0095")
    assert "\n" not in str(caught.value)
    kept = (tmp_path / "cache" / "models" / f"{xml.file}.part").stat().st_size
    assert kept > 0 and not models.is_installed("retail-0095")
    monkeypatch.setitem(MANIFEST, xml.name, xml)
    assert (outcome(pull("retail-0095")) == 7).all()
    assert server.ranges == [None, f"bytes={kept}-", None]


def test_a_folder_with_the_two_official_files_is_enough(server, pair, tmp_path, monkeypatch):
    folder = put(tmp_path / "official", pair)
    assert not models.is_installed("retail-0095")
    monkeypatch.setenv(locate.FOLDER_VARIABLE, str(folder))
    assert models.is_installed("retail-0095")
    path = models.find("retail-0095")
    assert (outcome(path) == 7).all() and path.is_relative_to(tmp_path / "cache")
    assert {file.name for file in folder.iterdir()} == set(pair) and not server.ranges


def test_pulled_from_a_folder_by_hand(server, pair, tmp_path):
    folder = put(tmp_path / "by hand", pair)
    path = pull("retail-0095", tmp_path / "models", find_links=folder)
    assert (outcome(path) == 7).all() and not server.ranges
    (folder / get(NAMES[1]).file).unlink()
    with pytest.raises(ModelError, match=r"cannot read .*retail-0095\.bin.*by hand: download http"):
        pull("retail-0095", tmp_path / "other", find_links=folder)


def test_half_a_pair_is_not_installed(server, pair, tmp_path):
    folder = put(tmp_path / "half", pair)
    (folder / get(NAMES[1]).file).unlink()
    assert not models.is_installed("retail-0095", folder)
    wanted = re.escape(
        f"model retail-0095 ({get(NAMES[1]).file}) is not installed: run: facepipe models pull retail-0095 "
    )
    with pytest.raises(ModelError, match=wanted):
        models.find("retail-0095", folder)


def test_other_bytes_are_never_converted(server, pair, tmp_path):
    file = get(NAMES[1]).file
    folder = put(tmp_path / "other", {**pair, file: pair[file][::-1]})
    with pytest.raises(ModelError, match=rf"{file} is not the expected file"):
        models.find("retail-0095", folder)
    assert not (tmp_path / "cache").exists()


def test_either_file_makes_another_conversion(server, pair, tmp_path, monkeypatch):
    first = models.find("retail-0095", put(tmp_path / "first", pair))
    file = get(NAMES[1]).file
    changed = {**pair, file: np.full(4, 9, "<f4").tobytes()}
    monkeypatch.setitem(MANIFEST, NAMES[1], replace(get(NAMES[1]), sha256=hashlib.sha256(changed[file]).hexdigest()))
    second = models.find("retail-0095", put(tmp_path / "second", changed))
    assert first != second and (outcome(first) == 7).all() and (outcome(second) == 9).all()


def test_another_address_is_for_one_file(server, tmp_path):
    with pytest.raises(UsageError, match="'retail-0095' is 2 files; use --from"):
        pull("retail-0095", tmp_path, url=server.url("ok"))
    assert pull(NAMES[1], tmp_path, url=get(NAMES[1]).url).name == get(NAMES[1]).file


def test_the_official_pair(shared_models, tmp_path, monkeypatch):
    monkeypatch.setattr(locate.platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    session = models.session(models.find("retail-0095", shared_models))
    assert list(session.inputs.values()) == [("n", 3, 128, 128)]
    assert list(session.outputs.values()) == [("n", 256, 1, 1)]
