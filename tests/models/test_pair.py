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
from facepipe.faces.encoders.retail import RETAIL_0095
from facepipe.models import locate
from facepipe.models.pull import pull

GRAPH, WEIGHTS = RETAIL_0095.made_from


@pytest.fixture
def pair():
    """{name: content} of the graph and the weights, under the official file names; they add 7."""
    ir = Ir()
    ir.result(ir.layer("Add", ir.picture, ir.const(np.full((1, 4, 1, 1), 7)), shape=(1, 4, 6, 5)))
    return {GRAPH.file: ir.xml, WEIGHTS.file: ir.weights}


@pytest.fixture
def server(pair, tmp_path, monkeypatch):
    """Serves the pair; no model is anywhere else."""
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", locate.FOLDER_VARIABLE):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(locate.platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    server = Server(pair)
    yield server
    server.close()


@pytest.fixture
def model(server, pair):
    """The record of the model, made from the pair in place of the official files."""
    return made_from(*(replace(part, size=len(pair[part.file]), sha256=sha256(pair[part.file]),
                               url=server.url("ok", part.file)) for part in (GRAPH, WEIGHTS)))  # fmt: skip


def made_from(graph, weights):
    return replace(RETAIL_0095, made_from=(graph, weights))


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def outcome(path):
    return models.session(path).run(np.zeros((2, 4, 6, 5), np.float32))[0]


def put(folder, pair):
    folder.mkdir(parents=True, exist_ok=True)
    for file, data in pair.items():
        (folder / file).write_bytes(data)
    return folder


def test_both_files_are_pulled_and_converted(server, model, pair, tmp_path):
    steps = []
    path = pull(model, progress=lambda done, total: steps.append((done, total)))
    assert path.parent == tmp_path / "cache" / "converted" and path.suffix == ".onnx"
    assert {file.name: file.read_bytes() for file in (tmp_path / "cache" / "models").iterdir()} == pair
    assert {total for _, total in steps} == {len(data) for data in pair.values()}
    assert (outcome(path) == 7).all()
    assert models.find(model) == path and models.is_installed(model)
    before = path.stat().st_mtime_ns, len(server.ranges)
    assert pull(model) == path and (path.stat().st_mtime_ns, len(server.ranges)) == before


def test_a_pull_that_broke_off_goes_on(server, model, tmp_path):
    graph, weights = model.made_from
    cut = made_from(replace(graph, url=server.url("cut", graph.file)), weights)
    with pytest.raises(ModelError, match=r"broke off after .* save it as .*retail-0095\.xml") as caught:
        pull(cut)
    assert "\n" not in str(caught.value)
    kept = (tmp_path / "cache" / "models" / f"{graph.file}.part").stat().st_size
    assert kept > 0 and not models.is_installed(model)
    assert (outcome(pull(model)) == 7).all()
    assert server.ranges == [None, f"bytes={kept}-", None]


def test_a_folder_with_the_two_official_files_is_enough(server, model, pair, tmp_path, monkeypatch):
    folder = put(tmp_path / "official", pair)
    assert not models.is_installed(model)
    monkeypatch.setenv(locate.FOLDER_VARIABLE, str(folder))
    assert models.is_installed(model)
    path = models.find(model)
    assert (outcome(path) == 7).all() and path.is_relative_to(tmp_path / "cache")
    assert {file.name for file in folder.iterdir()} == set(pair) and not server.ranges


def test_pulled_from_a_folder_by_hand(server, model, pair, tmp_path):
    folder = put(tmp_path / "by hand", pair)
    path = pull(model, tmp_path / "models", find_links=folder)
    assert (outcome(path) == 7).all() and not server.ranges
    (folder / WEIGHTS.file).unlink()
    with pytest.raises(ModelError, match=r"cannot read .*retail-0095\.bin.*by hand: download http"):
        pull(model, tmp_path / "other", find_links=folder)


def test_half_a_pair_is_not_installed(server, model, pair, tmp_path):
    folder = put(tmp_path / "half", pair)
    (folder / WEIGHTS.file).unlink()
    assert not models.is_installed(model, folder)
    wanted = re.escape(f"model retail-0095 ({WEIGHTS.file}) is not installed: run: facepipe models pull retail-0095 ")
    with pytest.raises(ModelError, match=wanted):
        models.find(model, folder)


def test_other_bytes_are_never_converted(server, model, pair, tmp_path):
    file = WEIGHTS.file
    folder = put(tmp_path / "other", {**pair, file: pair[file][::-1]})
    with pytest.raises(ModelError, match=rf"{file} is not the expected file"):
        models.find(model, folder)
    assert not (tmp_path / "cache").exists()


def test_either_file_makes_another_conversion(server, model, pair, tmp_path):
    first = models.find(model, put(tmp_path / "first", pair))
    graph, weights = model.made_from
    changed = {**pair, weights.file: np.full(4, 9, "<f4").tobytes()}
    other = made_from(graph, replace(weights, sha256=sha256(changed[weights.file])))
    second = models.find(other, put(tmp_path / "second", changed))
    assert first != second and (outcome(first) == 7).all() and (outcome(second) == 9).all()


def test_another_address_is_for_one_file(server, model, tmp_path):
    with pytest.raises(UsageError, match="'retail-0095' is 2 files; use --from"):
        pull(model, tmp_path, url=server.url("ok"))
    weights = model.made_from[1]
    moved = replace(weights, url=server.url("missing", weights.file))
    assert pull(moved, tmp_path, url=weights.url).name == WEIGHTS.file


def test_its_sources_are_found_and_checked_without_converting_them(server, model, pair, tmp_path):
    folder = put(tmp_path / "official", pair)
    expected = {part.name: folder / part.file for part in (GRAPH, WEIGHTS)}
    assert models.find_sources(model, folder) == expected
    assert models.find_sources(model.made_from[0], folder) == {GRAPH.name: folder / GRAPH.file}
    (folder / WEIGHTS.file).write_bytes(b"other")
    with pytest.raises(ModelError, match=rf"{WEIGHTS.file} is not the expected file"):
        models.find_sources(model, folder)
    assert not (tmp_path / "cache").exists()


def test_the_official_pair(shared_models, tmp_path, monkeypatch):
    monkeypatch.setattr(locate.platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    session = models.session(models.find(RETAIL_0095, shared_models))
    assert list(session.inputs.values()) == [("n", 3, 128, 128)]
    assert list(session.outputs.values()) == [("n", 256, 1, 1)]
